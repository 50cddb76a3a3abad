"""What is remembered outlives everything but its own file."""

import asyncio
import hashlib
import json
import logging
import stat
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from edgepose.reload import memory as memory_module
from edgepose.reload.memory import NAME, Memory
from edgepose.reload.writer import Writer

FILE = Path("/etc/edgepose/edgepose.yaml")
GOOD = "\ufeffcamera: {}  # größer\r\n".encode()


def written(memory: Memory) -> Memory:
    asyncio.run(memory.written(20))
    return memory


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_worked_is_there_again_byte_by_byte(tmp_path: Path) -> None:
    memory = Memory(tmp_path, FILE)
    memory.keep(GOOD)
    written(memory)
    again = Memory(tmp_path, FILE)
    assert (again.good, again.bad) == (GOOD, None)
    assert [*tmp_path.iterdir()] == [tmp_path / NAME]
    # With what it may hold of a camera's address it is nobody else's.
    assert stat.S_IMODE((tmp_path / NAME).stat().st_mode) == 0o600


def test_the_bad_one_is_remembered_beside_it_until_it_works(tmp_path: Path) -> None:
    memory = Memory(tmp_path, FILE)
    memory.keep(GOOD)
    memory.blame(digest(b"{}"), "no frame")
    written(memory)
    assert Memory(tmp_path, FILE).why_bad(digest(b"{}")) == "no frame"
    assert Memory(tmp_path, FILE).why_bad(digest(GOOD)) is None
    memory.keep(b"mqtt: {}")
    written(memory)
    assert Memory(tmp_path, FILE).why_bad(digest(b"{}")) == "no frame"
    memory.keep(b"{}")
    written(memory)
    again = Memory(tmp_path, FILE)
    assert (again.good, again.bad) == (b"{}", None)


def test_another_installation_may_try_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    memory = Memory(tmp_path, FILE)
    memory.blame(digest(b"{}"), "litert is not installed")
    written(memory)
    packages = tmp_path / "site-packages"
    packages.mkdir()
    monkeypatch.setattr("sysconfig.get_path", lambda _name: str(packages))
    assert Memory(tmp_path, FILE).why_bad(digest(b"{}")) is None


def test_what_is_known_is_not_written_again(tmp_path: Path) -> None:
    memory = Memory(tmp_path, FILE)
    memory.keep(GOOD)
    written(memory)
    before = (tmp_path / NAME).stat()
    memory.keep(GOOD)
    written(memory)
    assert (tmp_path / NAME).stat() == before


def test_it_is_of_one_config_file(tmp_path: Path) -> None:
    memory = Memory(tmp_path, FILE)
    memory.keep(GOOD)
    written(memory)
    assert Memory(tmp_path, Path("/etc/other.yaml")).good is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b"{}",
        b'{"v":1}',
        b'{"v":1,"file":"/etc/edgepose/edgepose.yaml","good":"x","bad":[]}',
        b'{"v":1,"file":"/etc/edgepose/edgepose.yaml","good":"x","bad":7}',
        b"[" * 100_000,
        b'{"v":1,' + b" " * (2 << 20),
    ],
)
def test_a_damaged_one_is_forgotten_and_written_anew(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / NAME).write_bytes(content)
    memory = Memory(tmp_path, FILE)
    assert (memory.good, memory.bad) == (None, None)
    assert "is damaged" in caplog.text
    memory.keep(GOOD)
    written(memory)
    assert Memory(tmp_path, FILE).good == GOOD


def test_of_another_version_nothing_is_taken(tmp_path: Path) -> None:
    held = {"v": 2, "file": str(FILE), "good": "x", "bad": None}
    (tmp_path / NAME).write_text(json.dumps(held))
    assert Memory(tmp_path, FILE).good is None


def test_without_a_folder_it_lasts_as_long_as_the_process() -> None:
    memory = Memory(None, FILE)
    memory.keep(GOOD)
    memory.blame("ab", "no frame")
    assert (memory.good, memory.why_bad("ab")) == (GOOD, "no frame")


def test_a_disk_that_takes_nothing_is_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "state"
    folder.mkdir()
    # A folder in the place of the file: root, too, cannot write there.
    (folder / "config.new").mkdir()
    memory = Memory(folder, FILE)
    memory.keep(GOOD)
    written(memory)
    assert memory.good == GOOD
    assert "cannot be kept: Is a directory" in caplog.text
    assert [*folder.iterdir()] == [folder / "config.new"]


def test_what_the_disk_did_not_take_is_written_when_it_does(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "edgepose")
    monkeypatch.setattr(memory_module, "AGAIN_S", 0.01)
    tries: list[Mapping[str, Any]] = []
    really_write = Writer.write

    def write(writer: Writer, held: Mapping[str, Any]) -> None:
        tries.append(held)
        really_write(writer, held)

    monkeypatch.setattr(Writer, "write", write)
    folder = tmp_path / "state"
    memory = Memory(folder, FILE)

    async def main() -> None:
        trying = asyncio.create_task(memory.keep_trying())
        memory.keep(GOOD)
        memory.pause(True)
        await memory.written(20)
        assert (memory.paused, memory.paused_next, memory.pause_is_lost) == (True, False, True)
        # It was tried again, and nothing more was said of it.
        asked = len(tries)
        async with asyncio.timeout(10):
            while len(tries) < asked + 3:  # noqa: ASYNC110 - it is a thread's work
                await asyncio.sleep(0.01)
        await memory.written(20)
        assert [each.levelname for each in caplog.records] == ["WARNING"]
        folder.mkdir()
        async with asyncio.timeout(10):
            while memory.trouble is not None:  # noqa: ASYNC110 - it is a thread's work
                await asyncio.sleep(0.01)
        trying.cancel()

    asyncio.run(main())
    written(memory)
    assert (memory.paused_next, memory.pause_is_lost) == (True, False)
    again = Memory(folder, FILE)
    assert (again.good, again.paused) == (GOOD, True)
    assert "is kept again" in caplog.records[-1].getMessage()


def test_without_a_folder_a_pause_is_lost() -> None:
    memory = Memory(None, FILE)
    memory.pause(True)
    assert memory.pause_is_lost
    memory.pause(False)
    assert not memory.pause_is_lost


def test_a_system_without_a_thread_for_it_costs_the_memory_alone(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # Larger than all addresses, so that none can be started.
    usual = threading.stack_size(1 << 48)
    try:
        memory = Memory(tmp_path, FILE)
        memory.keep(GOOD)
        memory.pause(True)
    finally:
        threading.stack_size(usual)
    assert "cannot be kept: can't start new thread" in caplog.text
    assert (memory.paused_next, memory.pause_is_lost) == (False, True)
    memory.pause(True)
    written(memory)
    again = Memory(tmp_path, FILE)
    assert (again.good, again.paused) == (GOOD, True)
