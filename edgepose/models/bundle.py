"""The file format of a bundle: a zip with MediaPipe's two pose networks, stored as they are.

Owns writing one and the quick look that tells a damaged one. Knows no hashes: the manifest does.
Runs on the caller's thread. `check` raises UserError.
"""

import io
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path

from edgepose.errors import UserError
from edgepose.models.tflite import ALIGNMENT

PARTS = ("pose_detector.tflite", "pose_landmarks_detector.tflite")
"""The names that MediaPipe's Pose Landmarker looks for."""

_LOCAL_HEADER = 30
_ALIGNMENT_FIELD = 0xD935
"""The zip extra field that Android's zipalign uses to move an entry's data."""


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
    try:
        with zipfile.ZipFile(path) as packed:
            for name in PARTS:
                with packed.open(name) as part:
                    if part.read(8)[4:] != b"TFL3":
                        raise UserError(f"{path} is damaged: its {name} is not a network")
    except zipfile.BadZipFile as error:
        raise UserError(f"{path} is damaged or cut short: it is not a whole bundle") from error
    except KeyError as error:
        raise UserError(f"{path} is not a Pose Landmarker bundle: it has no {name}") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from error
