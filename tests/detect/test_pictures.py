"""Pictures in all the ways that they are kept in files: read upright as RGB, or refused by name."""

import io
import struct
import threading
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.pictures import is_animated, read_animation, read_picture
from edgepose.detect.reading.shot import MOST_PIXELS
from edgepose.drawing import Picture
from edgepose.errors import UserError


def corners() -> Image.Image:
    """Red and green above, blue and white below; wider than high."""
    picture = Image.new("RGB", (64, 48))
    for n, colour in enumerate([(220, 30, 30), (30, 220, 30), (30, 30, 220), (240, 240, 240)]):
        picture.paste(colour, (n % 2 * 32, n // 2 * 24, n % 2 * 32 + 32, n // 2 * 24 + 24))
    return picture


def saved(picture: Image.Image, form: str, **options: Any) -> io.BytesIO:
    file = io.BytesIO()
    picture.save(file, form, **options)
    file.seek(0)
    return file


def read(file: io.BytesIO) -> Picture:
    picture = read_picture(file, "it", Allowance(MOST_PIXELS))
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 3
    assert picture.flags["C_CONTIGUOUS"]
    return picture


def difference(picture: Picture, other: Image.Image) -> float:
    assert picture.shape[1::-1] == other.size
    return float(np.abs(picture.astype(int) - np.asarray(other.convert("RGB"))).mean())


TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""How a camera that writes this orientation has laid an upright picture down."""


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("orientation", TURNS)
def test_the_orientation_is_honoured(form: str, orientation: int) -> None:
    turn = TURNS[orientation]
    lying = corners() if turn is None else corners().transpose(turn)
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert difference(read(saved(lying, form, exif=exif)), corners()) < 6


@pytest.mark.parametrize("mode", ["RGB", "CMYK", "YCbCr", "P"])
@pytest.mark.parametrize("form", ["JPEG", "PNG", "TIFF", "WEBP", "BMP", "PPM", "GIF", "AVIF"])
def test_colours_are_what_they_were(form: str, mode: str) -> None:
    kept = {"JPEG": ("RGB", "CMYK"), "TIFF": ("RGB", "CMYK", "YCbCr", "P")}
    kept |= {"PNG": ("RGB", "P"), "BMP": ("RGB", "P"), "GIF": ("P",)}
    if mode not in kept.get(form, ("RGB",)):
        return
    picture = corners().quantize(8) if mode == "P" else corners().convert(mode)
    assert difference(read(saved(picture, form)), corners()) < 8


@pytest.mark.parametrize("form", ["PNG", "TIFF", "JPEG"])
def test_grey_is_grey(form: str) -> None:
    grey = corners().convert("L")
    assert difference(read(saved(grey, form)), grey) < 3


@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_16_bits_are_their_upper_8(form: str) -> None:
    values = np.asarray(corners().convert("L")).astype(np.uint16) * 256 + 255
    picture = read(saved(Image.fromarray(values), form))
    assert (picture == (values >> 8)[:, :, np.newaxis]).all()


def test_16_bits_of_each_colour_are_their_upper_8() -> None:
    values = (np.asarray(corners()).astype(np.uint16) * 256 + 255).astype(">u2")
    rows = b"".join(b"\0" + row.tobytes() for row in values)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", 64, 48, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head)
    data += chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert difference(read(io.BytesIO(data)), corners()) == 0


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_is_white(form: str) -> None:
    picture = corners().convert("RGBA")
    picture.putalpha(Image.new("L", picture.size, 0))
    picture.paste((220, 30, 30, 255), (0, 0, 32, 24))
    seen = read(saved(picture, form, lossless=True))
    assert (seen[:24, :32] == (220, 30, 30)).all()
    assert (seen[24:] == 255).all()


def test_pages_and_previews_are_no_film_and_the_first_is_the_picture() -> None:
    others = [Image.new("RGB", (64, 48))] * 2
    for form in ("TIFF", "MPO"):
        file = saved(corners(), form, save_all=True, append_images=others)
        assert is_animated(file) is False
        file.seek(0)
        assert difference(read(file), corners()) < 6


@pytest.mark.parametrize(
    ("form", "kept"), [("JPEG", 0.6), ("PNG", 0.6), ("WEBP", 0.6), ("BMP", 0.6)]
)
def test_half_a_picture_is_none(form: str, kept: float) -> None:
    noise = Image.effect_noise((200, 200), 80).convert("RGB")
    data = saved(noise, form).getvalue()
    with pytest.raises(UserError, match=r"^it: (damaged|no picture)"):
        read(io.BytesIO(data[: int(len(data) * kept)]))


def test_more_pixels_than_fit_into_memory_are_refused_before_they_are_read() -> None:
    with pytest.raises(UserError, match="it: 20000x20000 are 400 million pixels, allowed are 128"):
        read(saved(Image.new("1", (20_000, 20_000)), "PNG"))


def test_values_that_are_no_light_are_refused() -> None:
    with pytest.raises(UserError, match="it: values of 32 bits"):
        read(saved(Image.new("F", (20, 20)), "TIFF"))


def test_what_is_no_picture_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("words\n" * 99)
    with (tmp_path / "text").open("rb") as file:
        assert is_animated(file) is None


@pytest.mark.parametrize(
    ("form", "durations", "expected"),
    [
        ("GIF", [100, 50, 200, 0], [0, 100, 150, 350]),
        ("PNG", [100, 40, 200, 100], [0, 100, 140, 340]),
        ("WEBP", [100, 40, 200, 100], [0, 100, 140, 340]),
    ],
)
def test_an_animation_is_a_film_with_times(
    form: str, durations: list[int], expected: list[int]
) -> None:
    frames = [corners().rotate(90 * n, expand=False) for n in range(4)]
    file = saved(frames[0], form, save_all=True, append_images=frames[1:], duration=durations)
    assert is_animated(file) is True
    file.seek(0)
    clip, shots = read_animation(file, "it", Allowance(MOST_PIXELS))
    seen = [*shots]
    assert (clip.frames, clip.time_base) == (4, 1 / clip.rate / 100)
    assert [shot.pts for shot in seen] == expected
    assert [shot.frame for shot in seen] == [0, 1, 2, 3]
    # What browsers make of no time at all.
    assert seen[3].duration == 100
    for shot, frame in zip(seen, frames, strict=True):
        assert difference(shot.image, frame) < 8


def test_an_animation_that_breaks_off_gives_what_it_has() -> None:
    frames = [Image.effect_noise((90, 90), 80 + n) for n in range(4)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:]).getvalue()
    _, shots = read_animation(io.BytesIO(data[: len(data) * 5 // 8]), "it", Allowance(MOST_PIXELS))
    with pytest.raises(UserError, match="it: picture 2 of"):
        assert len([*shots]) == 2


def growing(left: int, top: int) -> io.BytesIO:
    """A GIF of three pictures, the second of which lies there."""
    frames = [Image.effect_noise((64, 48), 80 + n).quantize(8) for n in range(3)]
    data = saved(frames[0], "GIF", save_all=True, append_images=frames[1:]).getvalue()
    head = struct.pack("<BHHHH", 0x2C, 0, 0, 64, 48)
    before, first, second, third = data.split(head)
    moved = struct.pack("<BHHHH", 0x2C, left, top, 64, 48)
    return io.BytesIO(before + head + first + moved + second + head + third)


def test_an_animation_that_grows_is_accounted_for() -> None:
    allowance = Allowance(1)
    _, shots = read_animation(growing(64, 0), "it", allowance)
    sizes: list[tuple[int, ...]] = []
    for shot in shots:
        sizes.append(shot.image.shape[1::-1])
        allowance.give(shot.pixels)
    assert sizes == [(64, 48), (128, 48), (128, 48)]
    # Nothing is in work any more, so that the next one need not wait.
    limit = threading.Timer(5, allowance.close)
    limit.start()
    read_picture(saved(Image.new("RGB", (640, 480)), "PNG"), "it", allowance)
    limit.cancel()


def test_an_animation_that_grows_too_large_is_refused() -> None:
    _, shots = read_animation(growing(60_000, 3000), "it", Allowance(MOST_PIXELS))
    next(shots)
    with pytest.raises(UserError, match="it: 60064x3048 are 183 million pixels"):
        next(shots)
