"""An annotated film has the frames, the size and the times of the film that it was made of."""

import resource
from collections import deque
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.writing.film import FilmFile
from edgepose.drawing import Picture
from edgepose.errors import UserError
from tests.detect.made import probe, raw_frames

COLOURS = ((230, 40, 40), (40, 200, 40), (50, 60, 220), (200, 200, 200))


def picture(size: tuple[int, int], number: int) -> Picture:
    """Of one colour, the next one in each frame."""
    return np.full((size[1], size[0], 3), COLOURS[number % len(COLOURS)], np.uint8)


def write(path: Path, clip: Clip, size: tuple[int, int], stamps: list[int]) -> None:
    film = FilmFile(path, clip)
    for number, pts in enumerate(stamps):
        film.add(picture(size, number), Shot(picture(size, number), number, pts, 40))
    film.close()


@pytest.mark.parametrize("size", [(160, 120), (161, 121), (160, 121)])
@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_size_and_uneven_times_are_kept(tmp_path: Path, suffix: str, size: tuple[int, int]) -> None:
    path = tmp_path / f"film{suffix}"
    stamps = [0, 40, 80, 200, 210, 900]
    write(path, Clip(Fraction(1, 1000), Fraction(25)), size, stamps)
    seen = probe(path)
    assert (seen.codec, seen.size, seen.sound) == ("h264", size, False)
    assert seen.times == pytest.approx([stamp / 1000 for stamp in stamps], abs=1e-6)


def test_the_last_frame_lasts_as_long_as_it_did(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = FilmFile(path, Clip(Fraction(1, 1000), Fraction(25)))
    for n, duration in enumerate((40, 40, 920)):
        film.add(picture((64, 48), n), Shot(picture((64, 48), n), n, n * 40, duration))
    film.close()
    assert probe(path).rate == 3


@pytest.mark.parametrize(
    ("time_base", "step", "rate"),
    [
        (Fraction(1, 50), 1, Fraction(50)),
        (Fraction(1, 90_000), 3003, Fraction(30_000, 1001)),
        (Fraction(1001, 24_000), 1, Fraction(24_000, 1001)),
        (Fraction(1, 1_200_000), 120_000, Fraction(10)),
    ],
)
def test_the_rate_is_kept(tmp_path: Path, time_base: Fraction, step: int, rate: Fraction) -> None:
    path = tmp_path / "film.mp4"
    film = FilmFile(path, Clip(time_base, rate))
    for n in range(12):
        film.add(picture((64, 48), n), Shot(picture((64, 48), n), n, n * step, step))
    film.close()
    seen = probe(path)
    assert (len(seen.times), seen.rate) == (12, rate)


@pytest.mark.parametrize("size", [(64, 48), (65, 49)])
def test_colours_are_kept(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "film.mp4"
    write(path, Clip(Fraction(1, 1000), Fraction(25)), size, [0, 40, 80, 120])
    # Said, for players guess by the size.
    assert probe(path).colours == "bt470bg"
    frames = np.frombuffer(raw_frames(path), np.uint8).reshape(4, -1, 3).astype(int)
    for frame, colour in zip(frames, COLOURS, strict=True):
        assert np.abs(frame.mean(axis=0) - colour).max() < 4


def test_a_film_is_there_when_it_is_whole_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    film = FilmFile(path, Clip(Fraction(1, 1000), Fraction(25)))
    film.add(picture((64, 48), 0), Shot(picture((64, 48), 0), 0, 0, 40))
    assert not path.exists()
    film.close()
    assert [each.name for each in tmp_path.iterdir()] == ["film.mp4"]
    assert len(probe(path).times) == 1


def test_without_a_frame_there_is_no_film(tmp_path: Path) -> None:
    FilmFile(tmp_path / "film.mp4", Clip(Fraction(1, 1000), Fraction(25))).close()
    assert [*tmp_path.iterdir()] == []


def test_where_there_is_no_more_room_it_is_told_and_nothing_is_left(tmp_path: Path) -> None:
    film = FilmFile(tmp_path / "film.mp4", Clip(Fraction(1, 1000), Fraction(25)))
    noise = np.random.default_rng(0)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    # A limit that every write meets, as one meets the end of a disk.
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        images = [noise.integers(0, 255, (240, 320, 3), np.uint8) for _ in range(9)]
        shots = [Shot(image, n, n * 40, 40) for n, image in enumerate(images)]
        with pytest.raises(UserError, match=r"film\.mp4: cannot be written: File too large"):
            deque(map(film.add, images, shots), maxlen=0)
        # As the writing thread does, whatever has happened.
        film.close()
        film.close()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [*tmp_path.iterdir()] == []


def test_a_place_that_is_none_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"film\.mp4: cannot be written: No such file"):
        FilmFile(tmp_path / "nowhere" / "film.mp4", Clip(Fraction(1, 1000), Fraction(25)))
