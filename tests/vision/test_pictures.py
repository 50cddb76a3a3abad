"""Pictures: natural order, whatever the files hold, and one bad file does not stop the rest."""

import itertools
import logging
import threading
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.vision.frame import Frame, Image
from edgepose.vision.sources import pictures
from edgepose.vision.sources.pictures import find_pictures, play_pictures
from edgepose.vision.sources.uri import open_uri
from tests.vision.painted import SIZE, NeverWaits, encoded, gaps, number_in, painted

MS = 1_000_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures."""
    for number in (1, 2, 10):
        (tmp_path / f"{number}.png").write_bytes(encoded(painted(number), ".png"))
    return tmp_path


def shown(path: Path, count: int | None = None) -> list[Frame]:
    """What a folder or picture shows, as fast as it is taken: once, or `count` frames of a loop."""
    source = open_uri(str(path), (640, 480), 0, count is not None)
    return list(itertools.islice(source.frames(NeverWaits()), count))


def numbers(frames: list[Frame]) -> list[int]:
    return [number_in(frame.image) for frame in frames]


def only(path: Path) -> Image:
    (frame,) = shown(path)
    return frame.image


def test_names_are_in_natural_order(tmp_path: Path) -> None:
    names = ["b.png", "a10.PNG", "a2.webp", "A3.jpg", "2.jpeg", "10.bmp", "a2b1.jpg", "a02.jpg"]
    for name in names:
        (tmp_path / name).touch()
    assert [path.name for path in find_pictures(tmp_path)] == [
        *("2.jpeg", "10.bmp", "a02.jpg", "a2.webp", "a2b1.jpg", "A3.jpg", "a10.PNG", "b.png")
    ]


def test_what_is_no_picture_is_left_out(folder: Path) -> None:
    (folder / "notes.txt").write_text("nothing to see")
    (folder / ".hidden.png").write_bytes(b"")
    (folder / "inner.png").mkdir()
    assert numbers(shown(folder)) == [1, 2, 10]


def test_a_folder_is_shown_once_or_again_and_again(folder: Path) -> None:
    assert numbers(shown(folder)) == [1, 2, 10]
    again = shown(folder, 8)
    assert numbers(again) == [1, 2, 10, 1, 2, 10, 1, 2]
    assert [frame.number for frame in again] == list(range(8))


def test_a_picture_is_shown_once_or_again_and_again(folder: Path) -> None:
    assert numbers(shown(folder / "2.png")) == [2]
    assert numbers(shown(folder / "2.png", 5)) == [2] * 5


def test_pictures_are_no_faster_than_the_rate(folder: Path) -> None:
    source = open_uri(str(folder), SIZE, 200, True)
    frames = list(itertools.islice(source.frames(threading.Event()), 12))
    stamps = [frame.captured_ns for frame in frames]
    assert min(gaps(stamps)) > 0
    assert stamps[-1] - stamps[0] >= 10 * 5 * MS


@pytest.mark.parametrize("suffix", pictures.SUFFIXES)
def test_each_kind_of_file_is_read_as_rgb(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"5{suffix}"
    path.write_bytes(encoded(painted(5), suffix))
    image = only(path)
    assert image.dtype == np.uint8
    assert image.shape == (SIZE[1], SIZE[0], 3)
    assert number_in(image) == 5
    red, green, blue = image[SIZE[1] // 4, SIZE[0] // 2]
    assert red > 200
    assert max(green, blue) < 60


def test_grey_alpha_and_16_bit_become_rgb(tmp_path: Path) -> None:
    colour = cv2.cvtColor(painted(9), cv2.COLOR_RGB2BGR)
    grey = cv2.cvtColor(colour, cv2.COLOR_BGR2GRAY)
    kinds = {
        "grey": grey,
        "grey16": grey.astype(np.uint16) * 257,
        "alpha": cv2.cvtColor(colour, cv2.COLOR_BGR2BGRA),
        "colour16": colour.astype(np.uint16) * 257,
    }
    for name, kind in kinds.items():
        path = tmp_path / f"{name}.png"
        assert cv2.imwrite(str(path), kind)
        expected = painted(9) if "grey" not in name else np.dstack([grey] * 3)
        assert np.array_equal(only(path), expected), name


def test_a_picture_taken_sideways_is_turned(tmp_path: Path) -> None:
    # The least EXIF: big-endian TIFF, one entry, orientation 6, to be turned clockwise.
    entry = bytes.fromhex("0112 0003 00000001 0006 0000")
    tiff = b"MM\0*" + (8).to_bytes(4, "big") + b"\0\1" + entry + bytes(4)
    exif = b"Exif\0\0" + tiff
    data = encoded(np.ascontiguousarray(np.rot90(painted(3))), ".jpg")
    path = tmp_path / "sideways.jpg"
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])
    image = only(path)
    assert image.shape == (SIZE[1], SIZE[0], 3)
    assert number_in(image) == 3


def test_a_large_picture_is_scaled_down(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(encoded(painted(77, (800, 1200)), ".png"))
    image = only(path)
    assert image.shape == (480, 320, 3)
    assert number_in(image) == 77


def test_an_unreadable_picture_is_left_out_and_told_once(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "0.png").write_bytes(b"")
    (folder / "3.png").write_bytes((folder / "2.png").read_bytes()[:60])
    (folder / "11.jpg").write_text("no picture")
    with caplog.at_level(logging.WARNING):
        assert numbers(shown(folder, 9)) == [1, 2, 10] * 3
    assert caplog.messages == [
        f"{folder}/0.png: 0 bytes that are no whole picture; left out",
        f"{folder}/3.png: 60 bytes that are no whole picture; left out",
        f"{folder}/11.jpg: 10 bytes that are no whole picture; left out",
    ]
    assert {record.levelno for record in caplog.records} == {logging.WARNING}


def test_a_folder_without_a_readable_picture_is_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("1.jpg", "2.jpg"):
        (tmp_path / name).write_text("no picture")
    with pytest.raises(UserError, match=r"none of its 2 pictures can be read; .*2\.jpg: 10 bytes"):
        shown(tmp_path)
    with pytest.raises(UserError, match=r"/1\.jpg: 10 bytes that are no whole picture$"):
        shown(tmp_path / "1.jpg")
    assert caplog.messages == []


def test_a_folder_without_pictures_is_told(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    with pytest.raises(UserError, match=r"no picture among the 1 entries .* \.jpg, .*\.webp"):
        shown(tmp_path)


def test_few_pictures_are_read_once(folder: Path) -> None:
    shots = play_pictures(find_pictures(folder), SIZE, 0, True)
    first = [next(shots).image for _ in range(3)]
    for path in folder.iterdir():
        path.unlink()
    assert all(next(shots).image is image for image in first * 2)


def test_many_pictures_are_read_each_time(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(pictures, "KEEP_BYTES", 3 * SIZE[0] * SIZE[1] * 3 - 1)
    shots = play_pictures(find_pictures(folder), SIZE, 0, True)
    assert [number_in(next(shots).image) for _ in range(3)] == [1, 2, 10]
    (folder / "2.png").write_bytes(encoded(painted(99), ".png"))
    (folder / "10.png").unlink()
    assert [number_in(next(shots).image) for _ in range(4)] == [1, 99, 1, 99]
    assert caplog.messages == [
        f"{folder}/10.png: cannot be read: No such file or directory; left out"
    ]


def test_pictures_that_all_vanish_are_told(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "KEEP_BYTES", 0)
    shots = play_pictures(find_pictures(folder), SIZE, 0, True)
    next(shots)
    for path in folder.iterdir():
        path.unlink()
    with pytest.raises(UserError, match="none of its 3 pictures can be read"):
        list(itertools.islice(shots, 9))
