"""What the paths of the command line name: pictures, animations, films, arrays, in their order.

Owns the list, and the look at the head of each file that tells its kind: names do not. Runs on the
caller's thread, before the work begins. A file that is not there, or cannot be read, is in the
list, and is told when its turn comes. Raises UserError where there is nothing at all.
"""

import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import IO, BinaryIO, Final, cast

from edgepose.address import is_network, shown
from edgepose.detect.reading.arrays import MAGIC
from edgepose.detect.reading.pictures import is_animated
from edgepose.errors import EX_USAGE, UserError
from edgepose.vision.sources.pictures import natural_key

STDIN: Final = "-"
PICTURES: Final = frozenset(
    (".avif", ".bmp", ".gif", ".jp2", ".jpeg", ".jpg", ".pgm", ".png", ".ppm", ".tif", ".tiff",
     ".webp")
)  # fmt: skip
FILMS: Final = frozenset(
    (".3gp", ".asf", ".avi", ".flv", ".h264", ".hevc", ".m2ts", ".m4v", ".mjpeg", ".mjpg", ".mkv",
     ".mov", ".mp4", ".mpeg", ".mpg", ".mts", ".mxf", ".ogv", ".ts", ".webm", ".wmv")
)  # fmt: skip
IN_FOLDERS: Final = PICTURES | FILMS | {".npy"}
"""Files that are taken from a folder, by their names; a file that is named is looked at anyway."""
_IN_MEMORY: Final = 64_000_000
"""Bytes of standard input; more of them go into a temporary file."""
_HEAD: Final = 32
_JPEGS: Final = frozenset((".mjpeg", ".mjpg"))
"""A film that is one JPEG after the other begins as a picture does: its name tells."""
_PHONES: Final = frozenset((".heic", ".heif", ".hif"))
"""Taken from a folder, too, to be refused by name: a phone's would be left out as a whole."""
_HEIF: Final = (b"heic", b"heix", b"hevc", b"heim", b"mif1", b"msf1")


class Kind(Enum):
    """What is in a file."""

    PICTURE = "picture"
    ANIMATION = "animation"
    FILM = "film"
    ARRAY = "array"

    @property
    def moves(self) -> bool:
        """Whether its pictures have times."""
        return self in (Kind.ANIMATION, Kind.FILM)


@dataclass(frozen=True, slots=True)
class Input:
    """One file. `name` is what people call it. `problem`: why it cannot be read at all."""

    name: str
    kind: Kind
    path: Path | None = None
    file: BinaryIO | None = None
    problem: str | None = None

    def open(self) -> AbstractContextManager[BinaryIO]:
        """Its bytes from the beginning. Raises UserError."""
        if self.problem is not None:
            raise UserError(f"{self.name}: {self.problem}")
        if self.file is not None:
            self.file.seek(0)
            return nullcontext(self.file)
        assert self.path is not None
        try:
            return self.path.open("rb")
        except OSError as error:
            raise UserError(f"{self.name}: cannot be read: {error.strerror}") from error


@dataclass(frozen=True, slots=True)
class Inputs:
    """All of them, and how many files and folders of the folders are not among them."""

    files: list[Input] = field(default_factory=list)
    left_out: int = 0
    folders_left_out: int = 0


def find(paths: Iterable[str]) -> Inputs:
    """Look what there is. `-` is standard input; a folder gives its files in natural order."""
    files: list[Input] = []
    named: list[str] = []
    left_out, folders_left_out, seen_stdin = 0, 0, False
    for text in paths:
        if text == STDIN:
            if seen_stdin:
                raise UserError("standard input, -, can be read once only", EX_USAGE)
            seen_stdin = True
            files.append(_of_stdin())
        elif text and Path(text).is_dir():
            inside, others, folders = _of_folder(Path(text))
            files += inside
            left_out += others
            folders_left_out += folders
            named.append(text)
        else:
            files.append(_of_text(text))
    if not files:
        raise UserError(
            f"{', '.join(named)}: nothing to look at: no picture, film or array among the"
            f" files ({left_out}); allowed are {' '.join(sorted(IN_FOLDERS))}"
            + ("; folders in it are not looked into: name them" if folders_left_out else "")
        )
    return Inputs(files, left_out, folders_left_out)


def _lost(name: str, problem: str) -> Input:
    return Input(name, Kind.PICTURE, problem=problem)


def _of_text(text: str) -> Input:
    if not text:
        return _lost("''", "the name is empty")
    if is_network(text) and not Path(text).exists():
        # There may be a password in it.
        problem = "an address; files are looked at here, and a camera's stream by `edgepose run`"
        return _lost(shown(text), problem)
    return _of_file(Path(text))


def _of_folder(folder: Path) -> tuple[list[Input], int, int]:
    """What is taken, and how many files and folders are not."""
    try:
        entries = [path for path in folder.iterdir() if not path.name.startswith(".")]
    except OSError as error:
        return [_lost(str(folder), f"cannot be read: {error.strerror}")], 0, 0
    files = [path for path in entries if not path.is_dir()]
    taken = [path for path in files if path.suffix.lower() in IN_FOLDERS | _PHONES]
    taken.sort(key=lambda path: natural_key(path.name))
    kept = [_of_file(path) for path in taken]
    return kept, len(files) - len(taken), len(entries) - len(files)


def _of_file(path: Path) -> Input:
    name = str(path)
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return _lost(name, "neither a file nor a folder")
        with path.open("rb") as file:
            kind, problem = _kind(file)
    except FileNotFoundError:
        return _lost(name, "no such file or folder")
    # ValueError: no name for a file at all.
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        return _lost(name, f"cannot be read: {reason}")
    if kind is Kind.PICTURE and path.suffix.lower() in _JPEGS:
        kind = Kind.FILM
    return Input(name, kind, path=path, problem=problem)


def _of_stdin() -> Input:
    if sys.stdin is None or sys.stdin.isatty():
        raise UserError("- is standard input, and nothing is sent there", EX_USAGE)
    source: BinaryIO = sys.stdin.buffer
    try:
        if not source.seekable() or not stat.S_ISREG(os.fstat(source.fileno()).st_mode):
            # A film is not read from its beginning to its end alone.
            kept: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - to the end
            shutil.copyfileobj(source, kept)
            source = cast(BinaryIO, kept)
        source.seek(0)
        kind, problem = _kind(source)
    except OSError as error:
        return _lost(STDIN, f"cannot be read: {error.strerror}")
    return Input(STDIN, kind, file=source, problem=problem)


def _kind(file: BinaryIO) -> tuple[Kind, str | None]:
    head = file.read(_HEAD)
    file.seek(0)
    if not head:
        return Kind.PICTURE, "it is empty"
    if head.startswith(MAGIC):
        return Kind.ARRAY, None
    animated = is_animated(file)
    if animated is None and head[4:8] == b"ftyp" and head[8:12] in _HEIF:
        # ffmpeg would show one tile of it.
        return Kind.PICTURE, (
            "HEIC, which is not read here: make a JPEG of it first, as heif-convert does "
            "(Debian's libheif-examples); an iPhone makes JPEG with Settings, Camera, Formats, "
            "Most Compatible"
        )
    if animated is None:
        return Kind.FILM, None
    return Kind.ANIMATION if animated else Kind.PICTURE, None
