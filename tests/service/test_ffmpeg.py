"""The real ffmpeg, with a camera that speaks HTTP: what it writes, and that it ends, and why."""

import asyncio
import os
import signal
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from edgepose.service.ffmpeg import Ffmpeg
from edgepose.service.ffmpeg_words import Reason
from edgepose.service.stream import ANSWER_S, Stream
from tests.harness.broker import free_port
from tests.harness.cameras import HttpCamera
from tests.harness.wait import wait_for
from tests.service.test_vision_run import drive

NAME, PASSWORD = "jo", "hunter2"


@pytest.fixture(scope="module")
def camera() -> Iterator[HttpCamera]:
    with HttpCamera(NAME, PASSWORD) as running:
        yield running


def at(camera: HttpCamera, path: str, password: str = PASSWORD) -> str:
    return f"http://{NAME}:{password}@127.0.0.1:{camera.port}/{path}"


def stream(uri: str, size: tuple[int, int] = (160, 120)) -> Stream:
    return Stream(uri, size, 10)


async def ended(stream: Stream) -> Reason:
    """Why it has ended of itself."""
    to = os.open(os.devnull, os.O_WRONLY)
    ffmpeg = await Ffmpeg.start(stream, to)
    os.close(to)
    await ffmpeg.over
    assert ffmpeg.reason is not None
    assert PASSWORD not in ffmpeg.reason.words
    return ffmpeg.reason


async def first_bytes(stream: Stream, count: int) -> tuple[bytes, Ffmpeg]:
    pictures, to = os.pipe()
    ffmpeg = await Ffmpeg.start(stream, to)
    os.close(to)
    data = await asyncio.to_thread(_read, pictures, count)
    os.close(pictures)
    return data, ffmpeg


def _read(fd: int, count: int) -> bytes:
    data = b""
    while len(data) < count and (more := os.read(fd, count - len(data))):
        data += more
    return data


@pytest.mark.parametrize(
    ("size", "fits"),
    [((160, 120), "W160 H120"), ((640, 480), "W320 H240"), ((200, 75), "W100 H74")],
)
def test_pictures_fit_and_who_reads_no_more_ends_it(
    camera: HttpCamera, size: tuple[int, int], fits: str
) -> None:
    async def main() -> int:
        data, ffmpeg = await first_bytes(stream(at(camera, "live"), size), 200)
        assert data.startswith(f"YUV4MPEG2 {fits} ".encode())
        assert b" C420" in data
        await ffmpeg.over
        return ffmpeg.pid

    assert not Path(f"/proc/{drive(main())}").exists()


def test_one_that_is_stopped_is_ended_all_the_same(camera: HttpCamera) -> None:
    async def main() -> None:
        _, ffmpeg = await first_bytes(stream(at(camera, "live")), 200)
        os.kill(ffmpeg.pid, signal.SIGSTOP)
        await ffmpeg.end(0.0)
        await ffmpeg.over
        assert ffmpeg.reason is None

    drive(main())


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("page", "no stream of pictures that ffmpeg reads"),
        ("endless", "is this the address of a stream?"),
        ("nothing", "there is no such stream (404)"),
    ],
)
def test_a_camera_that_has_no_stream_there(camera: HttpCamera, path: str, words: str) -> None:
    reason = drive(ended(stream(at(camera, path))))
    assert words in reason.words
    assert not reason.refused


def test_a_camera_that_wants_another_password(camera: HttpCamera) -> None:
    reason = drive(ended(stream(at(camera, "live", "wrong"))))
    assert "does not take the name and password" in reason.words
    assert reason.refused


def test_a_camera_that_goes_away(tmp_path: Path) -> None:
    """It was a stream, so nobody is asked whether it is one."""
    pictures = tmp_path / "pictures"

    async def main() -> Reason | None:
        with HttpCamera(NAME, PASSWORD) as camera, pictures.open("wb") as to:
            ffmpeg = await Ffmpeg.start(stream(at(camera, "live")), to.fileno())
            some = partial(wait_for, lambda: pictures.stat().st_size > 100_000, 10, "pictures")
            await asyncio.to_thread(some)
        await ffmpeg.over
        return ffmpeg.reason

    reason = drive(main())
    assert reason is not None
    assert reason.words.endswith(": the connection has broken")


def test_nobody_listens() -> None:
    uri = f"rtsp://{NAME}:{PASSWORD}@127.0.0.1:{free_port()}/live"
    assert "nothing listens at this port" in drive(ended(stream(uri))).words


def test_a_camera_of_this_machine_that_is_not_there() -> None:
    reason = drive(ended(stream("/dev/video99")))
    assert reason.words.startswith("/dev/video99: there is no such device")


def test_without_ffmpeg_it_is_told_what_to_type(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sudo apt install ffmpeg" in drive(ended(stream("rtsp://127.0.0.1/"))).words


@pytest.mark.slow
def test_who_does_not_answer_may_be_cut_off_by_a_filter(camera: HttpCamera) -> None:
    asked: list[tuple[str, type[OSError]]] = []

    def why(host: str, error: OSError) -> str:
        asked.append((host, type(error)))
        return "blocked, said the filter"

    silent = Stream(at(camera, "silent"), (160, 120), 10, why)
    reason = drive(ended(silent))
    assert reason.words.endswith(f"no answer within {ANSWER_S} s: blocked, said the filter")
    assert asked == [("127.0.0.1", TimeoutError)]
