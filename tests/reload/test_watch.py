"""A change of the file is seen once, when it is whole."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from edgepose.reload.watch import LOOK_S, QUIET_S, Look, look, watch
from tests.mqtt.drive import drive, until

Changes = list[bytes | None]


@asynccontextmanager
async def watched(file: Path) -> AsyncIterator[Changes]:
    """What the file held each time that a change was told, None where it was not there."""
    changes: Changes = []

    def changed() -> None:
        changes.append(file.read_bytes() if file.exists() else None)

    task = asyncio.create_task(watch(file, changed))
    # It has had its first look.
    await asyncio.sleep(0)
    try:
        yield changes
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def a_while() -> None:
    """Longer than anything takes to be told: for what must not be told, or not twice."""
    await asyncio.sleep(QUIET_S + 3 * LOOK_S)


def kubernetes(folder: Path) -> tuple[Path, Callable[[], None]]:
    for name, content in (("..one", "one"), ("..two", "two")):
        (folder / name).mkdir()
        (folder / name / "c").write_text(content)
    (folder / "..data").symlink_to("..one")
    (folder / "c").symlink_to("..data/c")

    def exchange() -> None:
        (folder / "..tmp").symlink_to("..two")
        (folder / "..tmp").replace(folder / "..data")

    return folder / "c", exchange


def renamed(folder: Path) -> tuple[Path, Callable[[], None]]:
    (folder / "c").write_text("one")

    def exchange() -> None:
        (folder / "new").write_text("two")
        (folder / "new").replace(folder / "c")

    return folder / "c", exchange


def link_exchanged(folder: Path) -> tuple[Path, Callable[[], None]]:
    (folder / "one").write_text("one")
    (folder / "two").write_text("two")
    (folder / "c").symlink_to("one")

    def exchange() -> None:
        (folder / "new").symlink_to("two")
        (folder / "new").replace(folder / "c")

    return folder / "c", exchange


def behind_a_link(folder: Path) -> tuple[Path, Callable[[], None]]:
    (folder / "one").write_text("one")
    (folder / "c").symlink_to("one")

    def exchange() -> None:
        (folder / "new").write_text("two")
        (folder / "new").replace(folder / "one")

    return folder / "c", exchange


@pytest.mark.parametrize(
    "way",
    [
        renamed,
        kubernetes,
        *(pytest.param(way, marks=pytest.mark.slow) for way in (link_exchanged, behind_a_link)),
    ],
)
def test_another_file_is_told_once(
    tmp_path: Path, way: Callable[[Path], tuple[Path, Callable[[], None]]]
) -> None:
    file, exchange = way(tmp_path)

    async def main() -> Changes:
        async with watched(file) as changes:
            exchange()
            await until(lambda: changes, "the change")
            await a_while()
            return changes

    assert drive(main()) == [b"two"]


def go_on_as_it_is_seen(monkeypatch: pytest.MonkeyPatch, file: Path, steps: Iterator[None]) -> None:
    """Take one step now, and each other one right before a look, when one look has found the file
    quiet: before it was so for long, however long a busy machine lets the looks wait."""
    loop = asyncio.get_running_loop()
    seen, changed_s, quiet = look(file), float("inf"), False

    def looked(path: Path) -> Look | None:
        nonlocal seen, changed_s, quiet
        late = loop.time() - changed_s > QUIET_S / 2
        if quiet or late:
            next(steps, None)
        now = look(path)
        if now != seen:
            seen, changed_s, quiet = now, loop.time(), False
        else:
            quiet = changed_s < loop.time()
        return now

    monkeypatch.setattr("edgepose.reload.watch.look", looked)
    next(steps)


def in_parts(file: Path) -> Iterator[None]:
    """For longer, in all, than the quiet lasts."""
    for end in range(1, len("second") + 1):
        file.write_text("second"[:end])
        yield


def replaced_by_a_growing_one(file: Path) -> Iterator[None]:
    file.unlink()
    with file.open("wb") as out:
        yield
        out.write(b"two")


def away_and_back(file: Path) -> Iterator[None]:
    file.rename(file.with_suffix(".away"))
    yield
    file.with_suffix(".away").rename(file)


def other_rights(file: Path) -> Iterator[None]:
    file.chmod(0o600)
    yield


def touched(file: Path) -> Iterator[None]:
    os.utime(file)
    yield


@pytest.mark.parametrize(
    ("way", "told"),
    [
        (in_parts, b"second"),
        pytest.param(replaced_by_a_growing_one, b"two", marks=pytest.mark.slow),
        pytest.param(away_and_back, b"one", marks=pytest.mark.slow),
        (other_rights, b"one"),
        pytest.param(touched, b"one", marks=pytest.mark.slow),
    ],
)
def test_whatever_else_changes_is_told_after_a_while(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    way: Callable[[Path], Iterator[None]],
    told: bytes,
) -> None:
    file = tmp_path / "c"
    file.write_text("one")

    async def main() -> Changes:
        async with watched(file) as changes:
            go_on_as_it_is_seen(monkeypatch, file, way(file))
            await until(lambda: changes, "the change")
            await a_while()
            return changes

    assert drive(main()) == [told]


def test_a_file_that_goes_away_and_comes(tmp_path: Path) -> None:
    file = tmp_path / "c"
    file.write_text("one")

    async def main() -> Changes:
        async with watched(file) as changes:
            file.unlink()
            await until(lambda: len(changes) == 1, "its end")
            file.write_text("two")
            await until(lambda: len(changes) == 2, "its coming back")
            return changes

    assert drive(main()) == [None, b"two"]
