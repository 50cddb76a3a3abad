"""Where people are sent."""

import socket

import pytest

from edgepose.live import address


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with two addresses in two networks, and those that nobody else knows."""
    monkeypatch.setattr(socket, "gethostname", lambda: "hallway")
    files = {
        "fib_trie": "     |-- 192.168.1.0\n        /24 link UNICAST\n"
        "        |-- 192.168.1.7\n           /32 host LOCAL\n"
        "        |-- 192.168.1.255\n           /32 link BROADCAST\n"
        "     |-- 10.0.0.7\n        /32 host LOCAL\n"
        "     |-- 127.0.0.1\n        /32 host LOCAL\n"
        "     |-- 10.0.0.7\n        /32 host LOCAL\n",
        "if_inet6": "fd000000000000000000000000000002 04 40 00 82     eth0\n"
        "fe8000000000000000fc00fffe000001 04 40 20 80     eth0\n"
        "00000000000000000000000000000001 01 80 10 80       lo\n",
    }
    monkeypatch.setattr(address, "_read", files.__getitem__)


@pytest.mark.parametrize(
    ("host", "hosts", "best", "every"),
    [
        ("127.0.0.1", (), "http://localhost:8474/", None),
        ("localhost", (), "http://localhost:8474/", None),
        ("::1", ("box.example.org",), "http://localhost:8474/", None),
        ("0.0.0.0", (), "http://hallway.local:8474/", ["hallway.local", "10.0.0.7", "192.168.1.7"]),
        (
            "::",
            ("box.example.org",),
            "http://box.example.org:8474/",
            ["box.example.org", "hallway.local", "10.0.0.7", "192.168.1.7", "[fd00::2]"],
        ),
        ("192.168.1.7", (), "http://192.168.1.7:8474/", ["192.168.1.7"]),
        ("fd00::2", (), "http://[fd00::2]:8474/", ["[fd00::2]"]),
    ],
)  # fmt: skip
def test_where(host: str, hosts: tuple[str, ...], best: str, every: list[str] | None) -> None:
    assert address.best(host, 8474, hosts) == best
    if every is not None:
        wanted = [f"http://{name}:8474/" for name in every]
        assert address.every(host, 8474, hosts) == wanted


def test_a_name_with_a_domain_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "gethostname", lambda: "hallway.lan")
    assert address.best("0.0.0.0", 80) == "http://hallway.lan:80/"
