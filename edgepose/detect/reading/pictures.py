"""A picture in a file, in whatever way its pixels are kept, as upright RGB.

Pillow reads them: it refuses half a picture, where OpenCV shows the half, and it knows what stands
behind a transparent pixel. Any thread. Raises UserError.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import BinaryIO, Final

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.shot import MOST_PIXELS, Clip, Rising, Shot
from edgepose.drawing import Picture
from edgepose.errors import UserError

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF", "PPM", "JPEG2000", "AVIF")
"""Pillow's names for what is read. It knows more, among them some that start other programs."""
ANIMATED: Final = ("GIF", "PNG", "WEBP", "AVIF")
"""Several pictures in one of these are a film; in others they are pages, or a preview."""
SHORTEST_MS: Final = 10
USUAL_MS: Final = 100
"""A picture of an animation that says SHORTEST_MS or less is shown for USUAL_MS by browsers."""
_BEHIND: Final = (255, 255, 255, 255)
"""What is behind a transparent pixel: white, as in most viewers."""
_DEEP: Final = ("I;16", "I;16L", "I;16B", "I;16N")
_STRIP: Final = 256
"""Rows."""

# The size is judged here, by one rule and in our own words.
Image.MAX_IMAGE_PIXELS = None


def is_animated(file: BinaryIO) -> bool | None:
    """Whether the picture is a film; None where it is no picture. Reads the head of it only."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            return picture.format in ANIMATED and getattr(picture, "is_animated", False)
    except UnidentifiedImageError:
        return None
    except Exception:  # noqa: BLE001 - Pillow's decoders raise what they like; reading tells it
        return False


def read_picture(file: BinaryIO, name: str, allowance: Allowance) -> Picture:
    """The picture, or the first page of it; see `Shot.image`."""
    try:
        with Image.open(file, formats=FORMATS) as picture:
            pixels = _check(picture, name)
            return allowance.make(pixels, partial(_upright, picture, name))
    except (UserError, MemoryError):
        raise
    except UnidentifiedImageError:
        raise UserError(f"{name}: no picture that can be read") from None
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise what they like
        raise _damaged(name, error) from None


def read_animation(file: BinaryIO, name: str, allowance: Allowance) -> tuple[Clip, Iterator[Shot]]:
    """The pictures of an animation as a film, each shown for as long as it says."""
    try:
        # Closed by whoever has opened the file.
        picture = Image.open(file, formats=FORMATS)
        _check(picture, name)
        count = int(getattr(picture, "n_frames", 1))
        usual_ms = _duration_ms(picture)
    except UserError:
        raise
    except Exception as error:  # noqa: BLE001 - Pillow's decoders raise what they like
        raise _damaged(name, error) from None
    clip = Clip(Fraction(1, 1000), Fraction(1000, usual_ms), count)
    return clip, _frames(picture, count, name, allowance)


def _frames(picture: Image.Image, count: int, name: str, allowance: Allowance) -> Iterator[Shot]:
    times, at_ms = Rising(1), 0
    for number in range(count):
        try:
            picture.seek(number)
            # One that lies outside a GIF makes this and all that follow larger.
            pixels = _check(picture, name)
            image = allowance.make(pixels, partial(_rgb, picture, name))
            duration_ms = _duration_ms(picture)
        except UserError:
            raise
        except Exception as error:  # noqa: BLE001 - Pillow's decoders raise what they like
            raise _damaged(f"{name}: picture {number} of {count}", error) from None
        yield Shot(image, number, times.next(at_ms), duration_ms)
        at_ms += duration_ms


def _duration_ms(picture: Image.Image) -> int:
    """For how long the picture is shown; Pillow knows it only when the pixels are read."""
    picture.load()
    said = round(float(picture.info.get("duration") or 0))
    return said if said > SHORTEST_MS else USUAL_MS


def _check(picture: Image.Image, name: str) -> int:
    """How many pixels it has, if that is not too many."""
    width, height = picture.size
    if width * height > MOST_PIXELS:
        raise UserError(
            f"{name}: {width}x{height} are {width * height / 1e6:.0f} million pixels, allowed are "
            f"{MOST_PIXELS / 1e6:.0f} million; make it smaller first"
        )
    return width * height


def _upright(picture: Image.Image, name: str) -> Picture:
    ImageOps.exif_transpose(picture, in_place=True)
    return _rgb(picture, name)


def _rgb(picture: Image.Image, name: str) -> Picture:
    """Made strip by strip: there is no second copy of a large picture, nor a third."""
    if picture.mode in ("I", "F"):
        raise UserError(f"{name}: values of 32 bits, allowed are 8 and 16")
    picture.load()
    width, height = picture.size
    made = np.empty((height, width, 3), np.uint8)
    for top in range(0, height, _STRIP):
        below = min(top + _STRIP, height)
        made[top:below] = _strip(picture.crop((0, top, width, below)))
    return made


def _strip(picture: Image.Image) -> Picture:
    if picture.mode in _DEEP:
        # The upper half of each value, as other readers do.
        return (np.asarray(picture) >> 8).astype(np.uint8)[:, :, np.newaxis]
    if picture.has_transparency_data:
        over = picture.convert("RGBA")
        picture = Image.alpha_composite(Image.new("RGBA", over.size, _BEHIND), over)
    return np.asarray(picture.convert("RGB"))


def _damaged(name: str, error: Exception) -> UserError:
    reason = " ".join(str(error).split())[:120] or type(error).__name__
    return UserError(f"{name}: damaged: {reason}")
