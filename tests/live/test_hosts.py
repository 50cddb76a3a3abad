"""By which names a browser may call the page, and whose page it shows."""

import socket

import pytest

from edgepose.live.hosts import is_ours, same_origin


@pytest.mark.parametrize(
    "header",
    ["localhost", "LOCALHOST:80", "127.0.0.1:8474", "10.0.0.7", "[::1]:8474", "[fe80::1]",
     "box.example.org", "Box.Example.org.:443"],
)  # fmt: skip
def test_a_name_that_is_ours(header: str) -> None:
    assert is_ours(header, ("box.example.org",))


@pytest.mark.parametrize(
    "header",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "box.example.org.evil",
     "localhost:80:90", "localhost:", "a@localhost", "local host", "[::1", "2130706433", "::1", "*",
     "localhost\n", "0x7f.1", "127.1"],
)  # fmt: skip
def test_a_name_that_is_not(header: str) -> None:
    assert not is_ours(header, ("box.example.org",))


def test_the_machine_s_own_name_is_ours_and_not_its_namesake(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "Hallway.lan")
    assert is_ours("hallway.lan:8474", ())
    assert is_ours("HALLWAY.local", ())
    assert not is_ours("hallway.evil.example", ())
    assert not is_ours("lan", ())


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("http://localhost:8474", "localhost:8474"),
        ("http://localhost", "localhost:80"),
        ("http://Hallway.local", "hallway.local"),
        ("https://box.example.org", "box.example.org"),
        ("https://box.example.org", "box.example.org:443"),
        ("http://[::1]:8474", "[::1]:8474"),
    ],
)
def test_our_own_page(origin: str, host: str) -> None:
    assert same_origin(origin, host)


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("null", "localhost:8474"),
        ("", "localhost:8474"),
        ("http://evil.example", "localhost:8474"),
        ("http://localhost:8475", "localhost:8474"),
        ("http://localhost:8474.evil.example", "localhost:8474"),
        ("http://localhost:8474@evil.example", "localhost:8474"),
        ("file://localhost:8474", "localhost:8474"),
        ("https://localhost", "localhost:80"),
    ],
)
def test_another_page(origin: str, host: str) -> None:
    assert not same_origin(origin, host)
