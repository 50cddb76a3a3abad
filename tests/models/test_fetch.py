"""A download is whole or it is not there; the server on loopback is a real one."""

import os
import resource
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.models import fetch
from tests.models.host import (
    CONTENT,
    Behaviour,
    Hold,
    absent,
    cut_short,
    die_midway,
    listed,
    nobody,
    serving,
    unannounced,
    whole,
)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """What was there before: it must outlive every failure."""
    path = tmp_path / listed("").file
    path.write_bytes(b"the old one")
    return path


def ignore(done: int) -> None:
    """Nobody listens to the progress."""


def refused(url: str, directory: Path, kind: type[UserError]) -> str:
    with pytest.raises(kind) as told:
        fetch.download(listed(url), directory, ignore)
    assert type(told.value) is kind
    assert "\n" not in str(told.value)
    assert [path.read_bytes() for path in directory.iterdir()] == [b"the old one"]
    return str(told.value)


def test_a_good_download_arrives_with_its_progress(tmp_path: Path) -> None:
    heard: list[int] = []
    with serving(whole) as url:
        path = fetch.download(listed(url), tmp_path / "new" / "place", heard.append)
    assert path.read_bytes() == CONTENT
    assert list(path.parent.iterdir()) == [path]
    assert heard == sorted(heard)
    assert heard[-1] == len(CONTENT)


def test_anyone_may_read_the_bundle_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with serving(whole) as url:
            path = fetch.download(listed(url), tmp_path, ignore)
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o644


def test_a_wrong_hash_is_refused(old: Path) -> None:
    with serving(whole, CONTENT[:-1] + b"x") as url:
        assert "not the listed file" in refused(url, old.parent, UserError)


def test_a_wrong_size_is_refused(old: Path) -> None:
    with serving(whole, CONTENT + b"x") as url:
        assert f"{len(CONTENT)} are listed" in refused(url, old.parent, UserError)


def test_more_than_listed_without_saying_so_is_refused(old: Path) -> None:
    with serving(unannounced) as url:
        assert "more than the listed" in refused(url, old.parent, UserError)


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [(absent, "answers 404"), (cut_short, "broke off after"), (die_midway, "broke off after")],
)
def test_a_host_that_fails_is_told_apart(old: Path, behaviour: Behaviour, said: str) -> None:
    with serving(behaviour) as url:
        assert said in refused(url, old.parent, fetch.HostError)


def test_a_refused_connection(old: Path) -> None:
    with nobody(listens=False) as url:
        said = refused(url, old.parent, fetch.HostError)
    assert said == "127.0.0.1 cannot be reached: Connection refused"


def test_a_host_that_takes_the_connection_and_says_nothing(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "ANSWER_WITHIN_S", 0.2)
    with nobody(listens=True) as url:
        assert "does not answer" in refused(url, old.parent, fetch.HostError)


def test_a_host_that_falls_silent_midway(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch, "ANSWER_WITHIN_S", 2.0)
    with serving(Hold()) as url:
        assert "broke off after" in refused(url, old.parent, fetch.HostError)


@pytest.mark.parametrize("url", ["http://models.example/x", "http://192.0.2.1/x", "file:///x"])
def test_only_https_leaves_the_machine(old: Path, url: str) -> None:
    assert "bundles come over https" in refused(url, old.parent, UserError)


@pytest.fixture
def little_room() -> Iterator[None]:
    """The kernel refuses files above 100 kB, as it does when the disk is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.usefixtures("little_room")
def test_a_full_disk_leaves_nothing(old: Path) -> None:
    with serving(whole) as url:
        assert "cannot be written: File too large" in refused(url, old.parent, UserError)


def test_a_second_one_at_work_is_told(old: Path) -> None:
    with serving(whole) as url, fetch._alone(old.parent):
        assert "another `edgepose model get` is at work" in refused(url, old.parent, UserError)


def test_what_a_power_cut_left_is_overwritten(tmp_path: Path) -> None:
    bundle = listed("")
    (tmp_path / f".{bundle.file}.part").write_bytes(b"y" * 2 * len(CONTENT))
    fetch.store(tmp_path / bundle.file, [CONTENT], bundle.bytes, bundle.sha256)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [CONTENT]
