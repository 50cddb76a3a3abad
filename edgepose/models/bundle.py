"""The file format of a bundle: a zip with MediaPipe's two pose networks, stored as they are.

Owns writing one, reading one whole, and the quick look that tells a damaged one. Knows no hashes:
the manifest does.
Runs on the caller's thread. `check` and `networks` raise UserError.
"""

import io
import re
import struct
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from edgepose.errors import UserError
from edgepose.models.tflite import ALIGNMENT, shapes

PARTS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""The names that MediaPipe's Pose Landmarker looks for."""

_LOCAL_HEADER = 30
_ALIGNMENT_FIELD = 0xD935
"""The zip extra field that Android's zipalign uses to move an entry's data."""


MEND = "`edgepose model get --force` fetches one that is"
POINTS = 39
"""Landmarks of the network: 33 of the body, and auxiliary ones."""
_PICTURES = {"pose_detector.tflite": 224, "pose_landmarks_detector.tflite": 256}
"""The side in pixels of the square picture that each network takes."""
_ANSWERS = {
    "pose_detector.tflite": "1x2254x12, 1x2254x1",
    "pose_landmarks_detector.tflite": f"1x{5 * POINTS}, 1x1, 1xHxWx1, 1xHxWx{POINTS}, "
    f"1x{3 * POINTS}",
}
"""The tensors that each network gives, in this order; a letter stands for any number."""
_LONGEST = 90
"""Characters of what is found in a bundle that are worth repeating."""


@dataclass(frozen=True, slots=True)
class Networks:
    """The two networks of a bundle, as TensorFlow Lite files."""

    detector: bytes
    landmarks: bytes


def networks(path: str | Path) -> Networks:
    """Read a bundle whole and look at the tensors of its networks.

    Raises UserError, one line that names what was expected and what was found.
    """
    try:
        with _opened(path) as packed:
            parts = {name: packed.read(name) for name in PARTS}
        for name, content in parts.items():
            _check_tensors(path, name, content)
    except UserError as error:
        raise UserError(f"detection.model: {error}; {MEND}") from error
    return Networks(*parts.values())


@contextmanager
def _opened(path: str | Path) -> Iterator[zipfile.ZipFile]:
    """The zip, in which both parts are; whatever is wrong in it becomes a UserError."""
    try:
        with zipfile.ZipFile(path) as packed:
            names = packed.namelist()
            missing = [name for name in PARTS if name not in names]
            if missing:
                found = _short(", ".join(sorted(names)[:4])) or "nothing"
                raise _unfit(path, f"it holds {found}, expected {' and '.join(PARTS)}")
            for name in PARTS:
                # MediaPipe maps them where they are.
                if packed.getinfo(name).compress_type != zipfile.ZIP_STORED:
                    raise _unfit(path, f"its {name} is compressed, expected as it is")
            yield packed
    except OSError as error:
        raise _unfit(path, f"it cannot be read ({error.strerror or error})") from error
    # RuntimeError: an entry is encrypted. ValueError: a name in it is no text.
    except (zipfile.BadZipFile, EOFError, RuntimeError, ValueError) as error:
        raise _unfit(path, f"it is no whole bundle, a zip was expected ({error})") from error


def _check_tensors(path: str | Path, name: str, content: bytes) -> None:
    try:
        taken, given = shapes(content)
    except ValueError as error:
        raise _unfit(path, f"its {name} is {error}") from error
    side = _PICTURES[name]
    if taken != [(1, side, side, 3)]:
        raise _unfit(path, f"its {name} takes {_words(taken)}, expected 1x{side}x{side}x3")
    wanted = re.sub("[HW]", "[0-9]+", _ANSWERS[name])
    if not re.fullmatch(wanted, _words(given)):
        raise _unfit(path, f"its {name} gives {_words(given)}, expected {_ANSWERS[name]}")


def _words(tensors: list[tuple[int, ...]]) -> str:
    return _short(", ".join("x".join(map(str, shape)) for shape in tensors)) or "nothing"


def _short(text: str) -> str:
    """A damaged file may hold names and shapes of any length."""
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."


def _unfit(path: str | Path, why: str) -> UserError:
    # The names in a zip are anybody's.
    printable = "".join(c if c.isprintable() else "?" for c in why)
    return UserError(f"{path} is not for the Pose Landmarker: {printable}")


def pack(parts: Mapping[str, bytes]) -> bytes:
    """A bundle with the parts in this order; the same parts give the same bytes anywhere.

    Each part starts on a multiple of ALIGNMENT, so that the engine uses the weights where the
    file is mapped and does not copy them.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            fill = -(out.tell() + _LOCAL_HEADER + len(name) + 6) % ALIGNMENT
            entry.extra = struct.pack("<HHH", _ALIGNMENT_FIELD, 2 + fill, ALIGNMENT) + bytes(fill)
            packed.writestr(entry, content)
    return out.getvalue()


def check(path: Path) -> None:
    """Raises UserError unless `path` looks like a whole bundle; reads a few bytes of it only."""
    with _opened(path) as packed:
        for name in PARTS:
            with packed.open(name) as part:
                if part.read(8)[4:] != b"TFL3":
                    raise _unfit(path, f"its {name} is not a TensorFlow Lite file")
