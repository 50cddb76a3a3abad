"""The supervision, in this process, of real vision processes: what is asked of it by turns, and
what it says of one that does not work or does not go."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import numpy as np
import pytest

from edgepose import translate
from edgepose.config.model import Config
from edgepose.messages.control import Configure
from edgepose.messages.state import Camera
from edgepose.models.resolve import Resolved
from edgepose.service import appetite, proc, vitals
from edgepose.service.counters import Counters
from edgepose.service.engine import Choice
from edgepose.service.stream import Stream
from edgepose.service.vision import Vision
from edgepose.service.vision_run import VisionRun
from edgepose.service.wish import Wish
from tests.harness.cameras import HttpCamera, jpeg
from tests.harness.freeze import frozen, frozen_threads, threads_of
from tests.vision.painted import make_film

T = TypeVar("T")
NAME, PASSWORD = "jo", "hunter2"
LIMIT_S: Final = 20.0
STEP_S: Final = 0.01


def drive(main: Coroutine[Any, Any, T]) -> T:
    async def limited() -> T:
        async with asyncio.timeout(2 * LIMIT_S):
            return await main

    return asyncio.run(limited())


async def until(what: Callable[[], object], limit_s: float = LIMIT_S) -> None:
    """Wait until `what` gives something true."""
    async with asyncio.timeout(limit_s):
        while not what():  # noqa: ASYNC110 - nothing else tells when
            await asyncio.sleep(STEP_S)


def wished(model: Path, stream: Stream | None = None, **changes: Any) -> Wish:
    """The drawn person, or what the changes say."""
    usual = translate.vision(Config(), "litert", model, Path(), 0)
    wanted: Configure = replace(
        usual, **{"source": "actor", "rate": 10.0, "size": (320, 240), **changes}
    )
    return Wish(Choice("litert"), Resolved(model, "full", None), wanted, stream)


@asynccontextmanager
async def supervised(
    wish: Wish, *, paused: bool = False, changed: Callable[[Vision], None] = lambda _vision: None
) -> AsyncIterator[Vision]:
    """The supervision at work on it."""
    vision = Vision(Counters(), lambda _observation: "published", lambda: changed(vision))
    if paused:
        vision.pause()
    vision.want(wish)
    running = asyncio.create_task(vision.run())
    try:
        yield vision
    finally:
        running.cancel()
        await asyncio.wait([running])
        await vision.stop()


@pytest.mark.parametrize("toggles", [1, 3])
def test_resumed_and_paused_in_one_go_it_stays_paused(model_full: Path, toggles: int) -> None:
    async def main() -> None:
        async with supervised(wished(model_full), paused=True) as vision:
            await vision.wait_off()
            for _ in range(toggles):
                vision.resume()
                vision.pause()
            async with asyncio.timeout(LIMIT_S):
                await vision.wait_off()
            assert vision.pid is None
            assert vision.camera == "off"
            # And whoever resumes it then is heard.
            vision.resume()
            await until(lambda: vision.pid is not None)

    drive(main())


def test_paused_and_resumed_in_one_go_it_goes_on(model_full: Path) -> None:
    async def main() -> None:
        wish = wished(model_full)
        async with supervised(wish) as vision:
            await until(lambda: vision.pid is not None)
            for _ in range(2):
                vision.pause()
                vision.resume()
            await until(wish.seen.done)
            assert not vision.paused

    drive(main())


@contextmanager
def held(vision: Vision) -> Iterator[int]:
    """While its process cannot go, not even killed, as if a driver held it: by a thread of a
    library that a debugger has stopped, without which it works."""
    pid = vision.pid
    assert pid is not None
    others = [thread for thread in threads_of(pid, "") if thread != pid]
    with frozen([min(others)]):
        yield pid


@pytest.mark.slow
def test_one_that_has_failed_and_does_not_go(
    model_full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is killed once, and what hangs is said, for as long as it does."""
    film = make_film(tmp_path / "film.avi", 40, rate=10)
    kills: list[VisionRun] = []
    kill = VisionRun.kill

    def killed(run: VisionRun) -> None:
        kills.append(run)
        kill(run)

    monkeypatch.setattr(VisionRun, "kill", killed)

    async def main() -> None:
        wish = wished(model_full, source="uri", uri=str(film), loop=True)
        async with supervised(wish) as vision:
            await until(wish.seen.done)
            with held(vision) as pid:
                film.unlink()
                # One that stops answers in order, too, as soon as it is known.
                await until(lambda: vision.camera == "stalled")
                hangs = "killed, and does not go: it hangs in the kernel"
                await until(lambda: hangs in (vision.trouble or ""))
                # Whoever wishes for something else meanwhile is told why it does not begin.
                vision.want(wished(model_full, source="uri", uri=str(film), loop=True))
                assert hangs in (vision.trouble or "")
                assert (vision.trouble or "").startswith("camera: ")
                assert vision.camera == "stalled"
                assert vision.pid == pid
                assert len(kills) == 1
            await until(lambda: vision.camera == "missing")
            assert hangs not in (vision.trouble or "")

    drive(main())


@pytest.mark.slow
def test_one_that_has_finished_and_does_not_go(model_full: Path, tmp_path: Path) -> None:
    film = make_film(tmp_path / "film.avi", 30, rate=10)

    async def main() -> None:
        wish = wished(model_full, source="uri", uri=str(film), loop=False)
        async with supervised(wish) as vision:
            await until(wish.seen.done)
            with held(vision):
                await until(lambda: "hangs in the kernel" in (vision.trouble or ""))
            await until(lambda: vision.pid is None)
            # The source has ended, which is no failure.
            assert vision.ends.restarts == 0

    drive(main())


def test_a_camera_is_not_missing_where_the_engine_fails_behind_it(tmp_path: Path) -> None:
    film, nothing = tmp_path / "film.avi", tmp_path / "nothing.task"

    async def main() -> None:
        wish = wished(nothing, source="uri", uri=str(film))
        async with supervised(wish) as vision:
            await until(lambda: vision.camera == "missing")
            make_film(film, 30, rate=10)
            vision.want(wished(nothing, source="uri", uri=str(film)))
            # Which may be another camera, of which nothing is known yet.
            await until(lambda: vision.opening and vision.camera is None)
            await until(lambda: (vision.trouble or "").startswith("engine: "))
            assert vision.camera is None

    drive(main())


def test_frames_without_an_answer_take_no_trouble_back(model_full: Path) -> None:
    """As long as nothing has come of them, an engine may die of each."""

    async def main() -> None:
        wish = wished(model_full)
        async with supervised(wish) as vision:
            await until(lambda: vision.pid is not None and threads_of(vision.pid, "worker"))
            assert vision.pid is not None
            vision._trouble = "killed by SIGSEGV"
            with frozen_threads(vision.pid, "worker"):
                await until(lambda: vision.last_frame_ns and vision.camera is not None)
                assert vision.camera == "ok"
                # Unless the first answer was faster than the debugger.
                opening = vision.opening and vision.trouble == "killed by SIGSEGV"
                assert opening or wish.seen.done()
            await until(wish.seen.done)
            await until(lambda: vision.trouble is None and not vision.opening)

    drive(main())


def test_it_is_told_that_a_run_is_open(model_full: Path) -> None:
    told: list[bool] = []

    async def main() -> None:
        wish = wished(model_full)
        async with supervised(wish, changed=lambda vision: told.append(vision.opening)) as vision:
            await until(wish.seen.done)
            told.clear()
            assert await vision.restart(LIMIT_S)
            assert told[-1] is False

    drive(main())
    assert True in told


def watched(model: Path, camera: HttpCamera) -> Wish:
    """A camera on the network, which ffmpeg reads."""
    uri = f"http://{NAME}:{PASSWORD}@127.0.0.1:{camera.port}/live"
    return wished(model, Stream(uri, (320, 240), 10), source="uri", uri=None)


@pytest.mark.slow
def test_what_ffmpeg_takes_counts(model_full: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A camera's pictures become large ones: for ffmpeg, which makes them small for us."""
    monkeypatch.setattr(appetite, "SETTLED_S", 0.5)

    async def main() -> None:
        wish = watched(model_full, camera)
        async with supervised(wish) as vision:
            vision.memory_limit = 128
            await until(lambda: vision.warning is not None)
            assert "health.memory_limit 128 MB is less than it needs" in (vision.warning or "")
            pid, bound_mb = vision.pid, vision.memory_bound_mb
            takes_mb: list[int] = []

            def ended() -> bool:
                takes_mb.append(proc.memory_mb(pid) or 0)
                return bool(vision.ends.causes)

            camera.jpegs = [jpeg(np.full((6000, 8000, 3), 99, np.uint8))]
            await until(ended)
            assert vision.ends.causes == {"memory": 1}
            assert f"more than {bound_mb} MB" in (vision.ends.last or "")
            # By itself it has stayed far below.
            assert 0 < max(takes_mb) < bound_mb
            # What is only being started has no end that could be waited for.
            await until(lambda: vision.pid is not None)

    with HttpCamera(NAME, PASSWORD) as camera:
        drive(main())


@pytest.mark.slow
def test_one_that_opens_and_gives_nothing_stays_stalled(
    model_full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often it is tried; and it is no more when frames come."""
    monkeypatch.setattr(vitals, "STREAM_SILENT_S", 0.5)
    told: list[Camera | None] = []

    def changed(vision: Vision) -> None:
        told.append(vision.camera)

    async def main() -> None:
        async with supervised(watched(model_full, camera), changed=changed) as vision:
            await until(lambda: vision.camera == "ok")
            # Of these one arrives: where the last one ends is told by the next.
            camera.most = 2
            camera.holding.clear()
            await until(lambda: vision.camera == "stalled")
            camera.holding.set()
            told.clear()
            await until(lambda: vision.ends.causes == {"capture_stalled": 3})
            assert set(told) == {"stalled"}
            camera.most = None
            await until(lambda: vision.camera == "ok")
            assert set(told) == {"stalled", "ok"}

    with HttpCamera(NAME, PASSWORD) as camera:
        drive(main())


def test_one_that_is_stopped_before_it_is_open(
    model_full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By a signal, which nobody takes for slowness: it, or ffmpeg, for which it waits."""
    monkeypatch.setattr(vitals, "STOPPED_S", 0.5)

    async def stop(vision: Vision, which: int) -> None:
        await until(lambda: vision.opening)
        assert vision._run is not None
        os.kill(vision._run._pids()[which], signal.SIGSTOP)
        await until(lambda: vision.ends.causes == {"start_too_long": which + 1})
        assert vision.ends.last == "stopped by a signal before camera and engine were open"

    async def main() -> None:
        wish = watched(model_full, camera)
        async with supervised(wish) as vision:
            await stop(vision, 0)
            await stop(vision, 1)
            await until(wish.seen.done)

    with HttpCamera(NAME, PASSWORD) as camera:
        drive(main())


def test_pictures_that_the_engine_refuses_are_told(model_full: Path, tmp_path: Path) -> None:
    """A film of a strip, of which nothing is left to look at; nobody else would say why."""
    strip = make_film(tmp_path / "strip.avi", 20, rate=10, size=(640, 4))
    film = make_film(tmp_path / "film.avi", 20, rate=10)

    async def main() -> None:
        async with supervised(wished(model_full, source="uri", uri=str(strip))) as vision:
            await until(lambda: vision.trouble is not None)
            why = "the engine refuses the pictures: 320x2, allowed 8 to 4096 each way"
            assert vision.trouble == why
            assert vision.opening
            wish = wished(model_full, source="uri", uri=str(film))
            vision.want(wish)
            await until(wish.seen.done)
            assert vision.trouble is None

    drive(main())
