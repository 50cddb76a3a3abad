"""A run of the vision process and its end, with the real process and no engine."""

import asyncio
import os
import signal
import threading
from collections.abc import Coroutine
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest

from edgepose.errors import EX_UNAVAILABLE
from edgepose.messages.control import Configure, SetRate
from edgepose.messages.observation import Event, Observation
from edgepose.service import ffmpeg
from edgepose.service.ended import Ended
from edgepose.service.stream import ANSWER_S, Stream
from edgepose.service.vision_run import FAILURE_LONGEST, VisionRun
from tests.harness.cameras import HttpCamera
from tests.harness.wait import wait_for

T = TypeVar("T")
LIMIT_S = 30.0


def wish(**changes: Any) -> Configure:
    """What the process is to do; by default something that it refuses at once."""
    wanted: dict[str, Any] = {
        "source": "uri",
        "scene": "standing",
        "camera": 0,
        "uri": "/nowhere/film.mp4",
        "loop": False,
        "size": (320, 240),
        "rate": 30.0,
        "field_of_view": "full",
        "controls": {},
        "rotation": 0,
        "engine": "mediapipe",
        "workers": 1,
        "threads": 1,
        "model": "/nowhere/pose.task",
        "num_poses": 1,
        "min_pose_detection_confidence": 0.5,
        "min_pose_presence_confidence": 0.5,
        "min_tracking_confidence": 0.5,
        "output_segmentation_masks": False,
        "world": False,
    }
    return Configure(**{**wanted, **changes})


def drive(main: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        async with asyncio.timeout(LIMIT_S):
            return await main

    return asyncio.run(limited())


def test_a_source_that_fails_says_why_and_all_it_said_is_read() -> None:
    async def main() -> None:
        got: list[Observation | Event] = []
        run = await VisionRun.start(wish(), got.append)
        # Left unread by a process that is going: the end of the link is then a reset.
        for _ in range(3):
            run.send(SetRate(5))
        await run.wait()
        run.drain()
        assert [event.name for event in got if isinstance(event, Event)] == ["failed"]
        assert run.failure is not None
        assert run.failure["part"] == "camera"
        assert "no such file" in run.describe_end().words
        assert run.exit_code == 69
        run.close()

    drive(main())


def test_a_model_that_does_not_open_is_the_engines_failure() -> None:
    async def main() -> None:
        run = await VisionRun.start(wish(source="actor"), lambda _packet: None)
        await run.wait()
        run.drain()
        assert run.failure is not None
        assert run.failure["part"] == "engine"
        assert "/nowhere/pose.task" in run.describe_end().words
        run.close()

    drive(main())


def test_before_its_first_answer_it_has_not_worked() -> None:
    async def main() -> list[float]:
        run = await VisionRun.start(wish(), lambda _packet: None)
        worked_s = [run.worked_s(9_000_000_000)]
        run.ready_ns = 1_000_000_000
        worked_s.append(run.worked_s(9_000_000_000))
        run.received = 1
        # It was ready before it was frozen, or only just after.
        worked_s += [run.worked_s(9_500_000_000), run.worked_s(500_000_000)]
        await run.wait()
        run.close()
        return worked_s

    assert drive(main()) == [0.0, 0.0, 8.5, 0.0]


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_death_by_signal_is_named(number: signal.Signals) -> None:
    async def main() -> None:
        run = await VisionRun.start(wish(), lambda _packet: None)
        os.kill(run.pid, number)
        await run.wait()
        assert run.describe_end() == Ended("signal", f"killed by {number.name}")
        run.close()

    drive(main())


def test_descriptors_are_given_back() -> None:
    async def main() -> tuple[int, int]:
        counts = []
        for _ in range(3):
            run = await VisionRun.start(wish(), lambda _packet: None)
            await run.wait()
            run.close()
            await asyncio.sleep(0)
            counts.append(sum(1 for _ in os.scandir("/proc/self/fd")))
        return counts[0], counts[-1]

    first, last = drive(main())
    assert last <= first


def test_last_words_are_one_line_that_can_be_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A library writes what it likes."""
    words = "import os, sys; sys.stderr.write('a\\0b\\x1b[2J' + 9000 * 'x' + chr(10)); os._exit(3)"
    (tmp_path / "sitecustomize.py").write_text(words)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    async def main() -> str:
        run = await VisionRun.start(wish(), lambda _packet: None)
        await run.wait()
        run.close()
        return run.describe_end().words

    said = drive(main())
    assert said.startswith("exit status 3 (a b [2Jxxx")
    assert said.endswith("xxx...)")
    assert len(said) < 300


def test_a_failure_is_one_line_that_can_be_told() -> None:
    name = "a\0b" + 600 * "x"

    async def main() -> tuple[str, str]:
        run = await VisionRun.start(wish(uri=f"/nowhere/{name}"), lambda _packet: None)
        await run.wait()
        run.drain()
        run.close()
        assert run.failure is not None
        return run.failure["message"], run.describe_end().words

    message, words = drive(main())
    assert message.isprintable()
    assert len(message) == FAILURE_LONGEST
    assert words == f"camera: {message}"


def test_one_that_waits_for_a_stream_leaves_when_it_is_told_to() -> None:
    async def main() -> int | None:
        with HttpCamera("jo", "hunter2") as camera:
            stream = Stream(f"http://127.0.0.1:{camera.port}/silent", (320, 240), 10)
            run = await VisionRun.start(wish(uri=None), lambda _: None, stream=stream)
            asked = partial(wait_for, lambda: camera.asked, LIMIT_S, "ffmpeg at the camera")
            await asyncio.to_thread(asked)
            await run.stop(ANSWER_S - 1)
            run.close()
        return run.exit_code

    # By itself, and before ffmpeg would give up.
    assert drive(main()) == EX_UNAVAILABLE


def test_whoever_stops_does_not_wait_to_hear_why_a_stream_has_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(ffmpeg, "WHY_S", 10 * LIMIT_S)
    asked, told = threading.Event(), threading.Event()

    def why(_host: str, _error: OSError) -> None:
        asked.set()
        told.wait()

    async def main() -> None:
        # No name server has to be asked that there is no such name.
        nowhere = Stream(f"rtsp://{'a' * 64}/", (160, 120), 10, why)
        run = await VisionRun.start(wish(uri=None), lambda _packet: None, stream=nowhere)
        await asyncio.to_thread(asked.wait, LIMIT_S)
        await run.stop(1.0)
        await asyncio.wait([run.over], timeout=LIMIT_S)
        assert run.ended
        run.close()

    try:
        drive(main())
    finally:
        told.set()
