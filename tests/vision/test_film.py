"""Films: every frame once, in order, in the right colours, at the film's own times."""

import itertools
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.vision.frame import Frame
from edgepose.vision.sources.film import play_film
from edgepose.vision.sources.uri import open_uri
from tests.vision.painted import (
    SIZE,
    NeverWaits,
    StopsWhenWaitedFor,
    encoded,
    gaps,
    make_film,
    make_uneven_film,
    number_in,
    painted,
)

MS = 1_000_000


def frames(path: Path, size: tuple[int, int] = (640, 480)) -> list[Frame]:
    """All frames of a film, as fast as they are taken."""
    return list(open_uri(str(path), size, 0, False).frames(NeverWaits()))


def numbers(shown: list[Frame]) -> list[int]:
    return [number_in(frame.image) for frame in shown]


@pytest.mark.parametrize(
    ("name", "code"), [("a.avi", "MJPG"), ("b.mp4", "mp4v"), ("c.mkv", "MJPG")]
)
def test_every_frame_is_shown_once_in_order(tmp_path: Path, name: str, code: str) -> None:
    shown = frames(make_film(tmp_path / name, 40, code=code))
    assert numbers(shown) == list(range(40))
    assert [frame.number for frame in shown] == list(range(40))
    assert all(frame.truth is None for frame in shown)


def test_images_are_rgb_bytes(tmp_path: Path) -> None:
    image = frames(make_film(tmp_path / "a.avi", 1))[0].image
    assert image.dtype == np.uint8
    assert image.shape == (SIZE[1], SIZE[0], 3)
    assert image.flags.c_contiguous
    red, green, blue = image[SIZE[1] // 4, SIZE[0] // 2]
    assert red > 200
    assert max(green, blue) < 60


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((640, 480), (160, 120)),
        ((160, 120), (160, 120)),
        ((80, 480), (80, 60)),
        ((640, 30), (40, 30)),
        ((100, 100), (100, 75)),
    ],
)
def test_a_film_is_scaled_down_to_fit_and_never_up(
    tmp_path: Path, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    (frame,) = frames(make_film(tmp_path / "a.avi", 1), size)
    assert frame.image.shape == (expected[1], expected[0], 3)


def test_a_frame_that_was_taken_is_not_written_to_again(tmp_path: Path) -> None:
    shown = frames(make_film(tmp_path / "a.avi", 10))
    assert not any(
        np.shares_memory(one.image, other.image) for one, other in itertools.combinations(shown, 2)
    )


def test_a_loop_begins_again_and_the_numbers_go_on(tmp_path: Path) -> None:
    source = open_uri(str(make_film(tmp_path / "a.mp4", 7, code="mp4v")), SIZE, 0, True)
    shown = list(itertools.islice(source.frames(NeverWaits()), 20))
    assert numbers(shown) == [at % 7 for at in range(20)]
    assert [frame.number for frame in shown] == list(range(20))


@pytest.mark.parametrize("rate", [1.0, 30.0, 1000.0])
def test_a_film_plays_at_its_own_speed(tmp_path: Path, rate: float) -> None:
    film = make_film(tmp_path / "a.avi", 12, rate=100)
    stamps = [
        frame.captured_ns
        for frame in open_uri(str(film), SIZE, rate, False).frames(threading.Event())
    ]
    assert len(stamps) == 12
    assert min(gaps(stamps)) > 0
    assert stamps[-1] - stamps[0] >= 10 * 10 * MS


def test_a_loop_keeps_the_pace(tmp_path: Path) -> None:
    source = open_uri(str(make_film(tmp_path / "a.avi", 2, rate=100)), SIZE, 30, True)
    stamps = [frame.captured_ns for frame in itertools.islice(source.frames(threading.Event()), 12)]
    assert stamps[-1] - stamps[0] >= 10 * 10 * MS


def test_an_uneven_film_plays_at_the_times_of_its_frames(tmp_path: Path) -> None:
    at_ms = [0, 10, 20, 100, 110, 140]
    film = make_uneven_film(tmp_path / "uneven.mkv", at_ms)
    shots = list(play_film(film, SIZE, False))
    assert [number_in(shot.image) for shot in shots] == list(range(6))
    assert [shot.interval_ns for shot in shots[1:]] == [gap * MS for gap in gaps(at_ms)]


def test_a_time_stamp_that_cannot_be_is_not_waited_for(tmp_path: Path) -> None:
    film = make_uneven_film(tmp_path / "broken.mkv", [0, 10, 20_000, 20_010])
    assert [shot.interval_ns for shot in play_film(film, SIZE, False)][1:] == [
        10 * MS,
        10 * MS,
        10 * MS,
    ]


def test_no_picture_is_shown_for_longer_than_the_supervision_waits(tmp_path: Path) -> None:
    shots = list(play_film(make_film(tmp_path / "slow.avi", 3, rate=0.05), SIZE, False))
    assert [shot.interval_ns for shot in shots] == [10_000 * MS] * 3


def test_a_stream_without_time_stamps_plays_at_a_usual_speed(tmp_path: Path) -> None:
    film = tmp_path / "stream.mjpeg"
    film.write_bytes(b"".join(encoded(painted(number), ".jpg") for number in range(8)))
    shots = list(play_film(film, SIZE, False))
    assert [number_in(shot.image) for shot in shots] == list(range(8))
    assert {shot.interval_ns for shot in shots} == {40 * MS}


def test_a_stop_ends_the_film_while_it_waits(tmp_path: Path) -> None:
    source = open_uri(str(make_film(tmp_path / "a.avi", 5, rate=1)), SIZE, 30, True)
    assert len(list(source.frames(StopsWhenWaitedFor()))) == 1


def test_a_stop_ends_a_film_that_does_not_wait(tmp_path: Path) -> None:
    source = open_uri(str(make_film(tmp_path / "a.avi", 5)), SIZE, 0, True)
    stop = NeverWaits()
    shown = source.frames(stop)
    next(shown)
    stop.set()
    assert list(shown) == []


def test_a_closed_film_shows_nothing(tmp_path: Path) -> None:
    source = open_uri(str(make_film(tmp_path / "a.avi", 5)), SIZE, 0, True)
    source.close()
    source.close()
    assert list(source.frames(threading.Event())) == []


@pytest.mark.parametrize("name", ["cut.avi", "cut.mkv"])
def test_a_film_with_a_broken_end_plays_up_to_it(tmp_path: Path, name: str) -> None:
    film = make_film(tmp_path / name, 40)
    film.write_bytes(film.read_bytes()[: film.stat().st_size // 2])
    once = numbers(frames(film))
    assert 5 < len(once) < 35
    assert once == list(range(len(once)))
    again = open_uri(str(film), SIZE, 0, True).frames(NeverWaits())
    assert numbers(list(itertools.islice(again, 2 * len(once)))) == once * 2


def test_a_film_that_vanishes_while_it_loops_is_told(tmp_path: Path) -> None:
    film = make_film(tmp_path / "a.avi", 3)
    shown = open_uri(str(film), SIZE, 0, True).frames(NeverWaits())
    next(shown)
    film.unlink()
    with pytest.raises(UserError, match=r"a\.avi: cannot be read: No such file"):
        list(shown)


def test_a_film_without_frames_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    film = make_film(tmp_path / "a.mp4", 5, code="mp4v")
    data = bytearray(film.read_bytes())
    at = data.index(b"mdat")
    end = at - 4 + int.from_bytes(data[at - 4 : at], "big")
    data[at + 4 : end] = bytes(end - at - 4)
    film.write_bytes(data)
    with pytest.raises(UserError, match=r"a\.mp4: the film holds no frame"):
        open_uri(str(film), SIZE, 30, True)
    assert capfd.readouterr().err == ""


@pytest.mark.parametrize(
    ("name", "count", "rate", "shape"),
    [
        ("street-couple.avi", 205, 50, (360, 640, 3)),
        ("street-walkers.mp4", 5, 5, (360, 640, 3)),
    ],
)
def test_real_films(
    media: Path, name: str, count: int, rate: int, shape: tuple[int, int, int]
) -> None:
    shots = list(play_film(media / name, (640, 480), False))
    assert len(shots) == count
    assert {shot.image.shape for shot in shots} == {shape}
    assert {round(shot.interval_ns, -3) for shot in shots} == {1_000_000_000 // rate}


def test_a_raw_camera_stream_plays(media: Path, tmp_path: Path) -> None:
    # What a camera's encoder writes: H.264 without a container, so without time stamps.
    reader = cv2.VideoCapture(
        str(media / "street-couple.avi"), cv2.CAP_FFMPEG, [cv2.CAP_PROP_FORMAT, -1]
    )
    packets = [reader.read()[1].tobytes() for _ in range(20)]
    reader.release()
    stream = tmp_path / "camera.h264"
    stream.write_bytes(b"".join(packets))
    shots = list(play_film(stream, (640, 480), False))
    assert len(shots) == 20
    assert {shot.interval_ns for shot in shots} == {40 * MS}


def test_a_frame_that_nobody_wants_has_its_number(tmp_path: Path) -> None:
    film = make_film(tmp_path / "a.avi", 12)
    asked: list[int] = []

    def wanted(captured_ns: int) -> bool:
        asked.append(captured_ns)
        return len(asked) % 3 == 0

    shown = list(open_uri(str(film), SIZE, 0, False).frames(NeverWaits(), wanted))
    assert [frame.number for frame in shown] == [2, 5, 8, 11]
    assert numbers(shown) == [2, 5, 8, 11]
    assert [frame.captured_ns for frame in shown] == asked[2::3]
    assert len(asked) == 12
