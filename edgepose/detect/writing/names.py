"""Under which name what is made of each file is written: no two under one.

Pure, but for what is there already. Raises UserError.
"""

import os
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from edgepose.detect.reading.inputs import FILMS, PICTURES, Input, Kind
from edgepose.errors import EX_USAGE, UserError

FILM_FORMATS: Final = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
"""The films that are written, by ffmpeg's names for them."""
WRITTEN: Final = frozenset((".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"))
"""The pictures that are written; others become PNG."""
_LONGEST: Final = 225
"""Bytes of a stem: with a number, and `.mask10.png`, it is still a name that a disk takes (255)."""
_SHOWN: Final = 3


def stems(inputs: Sequence[Input]) -> list[str]:
    """For each input the name of its results without suffix: its own, cut where that is too long,
    with a number behind it where another one has that already."""
    wanted = ["stdin" if each.path is None else _short(each.path.stem) for each in inputs]
    taken = {stem.casefold() for stem in wanted}
    used: set[str] = set()
    found = []
    for stem in wanted:
        name, number = stem, 1
        # Not the own name of one that comes later either.
        while name.casefold() in used or (number > 1 and name.casefold() in taken):
            number += 1
            name = f"{stem}-{number}"
        used.add(name.casefold())
        found.append(name)
    return found


def _short(stem: str) -> str:
    while len(os.fsencode(stem)) > _LONGEST:
        stem = stem[:-1]
    return stem


class AnnotatedNames:
    """Where annotated pictures and films go: `out` is one file, or a folder for all."""

    def __init__(self, out: Path, inputs: Sequence[Input]) -> None:
        suffix = out.suffix.lower()
        self.folder: Path | None = None
        self._one = out
        self._stems = dict(zip(map(id, inputs), stems(inputs), strict=True))
        if out.is_dir() or suffix not in PICTURES | FILMS:
            if suffix and len(inputs) == 1 and not out.exists() and inputs[0].problem is None:
                # More likely a slip than the name of a folder.
                raise UserError(
                    f"--annotate {out}: {_fitting(inputs[0])}; for a folder of this name make it"
                    " first",
                    EX_USAGE,
                )
            self.folder = out
            return
        if len(inputs) > 1:
            raise UserError(
                f"--annotate {out}: one file for {len(inputs)} inputs; give a folder", EX_USAGE
            )
        # Of what cannot be read it is told why when its turn comes.
        if suffix not in _allowed(inputs[0]) and inputs[0].problem is None:
            raise UserError(f"--annotate {out}: {_fitting(inputs[0])}", EX_USAGE)

    def of(self, file: Input) -> Path:
        """The file for a picture or a film."""
        if self.folder is None:
            return self._one
        suffix = ".mp4" if file.kind.moves else _picture_suffix(file)
        return self.folder / (self._stems[id(file)] + suffix)

    def inside(self, file: Input) -> Path:
        """The folder for the pictures of an array that holds several."""
        if self.folder is None:
            raise UserError(
                f"--annotate {self._one}: one file for the pictures of {file.name}; give a folder",
                EX_USAGE,
            )
        return self.folder / self._stems[id(file)]

    def existing(self, inputs: Iterable[Input]) -> list[Path]:
        """Which of all these are there already."""
        found = []
        for each in inputs:
            found.append(self.of(each))
            if each.kind is Kind.ARRAY and self.folder is not None:
                found.append(self.inside(each))
        return [path for path in found if path.exists()]


class MaskNames:
    """Where masks go: always in a folder, those of a film in a folder of their own inside."""

    def __init__(self, folder: Path, inputs: Sequence[Input]) -> None:
        self.folder = folder
        self._stems = dict(zip(map(id, inputs), stems(inputs), strict=True))

    def stem(self, file: Input) -> Path:
        """What the names of a picture's masks begin with; the folder of a film's."""
        return self.folder / self._stems[id(file)]

    def existing(self, inputs: Iterable[Input]) -> list[Path]:
        """Masks that are there already."""
        found: list[Path] = []
        for each in inputs:
            found += self.masks_of(each)
        return found

    def masks_of(self, file: Input) -> list[Path]:
        """Those of this file that are there."""
        stem = self.stem(file)
        name = re.compile(re.escape(stem.name) + r"\.mask\d+\.png")
        inside = re.compile(r"\d{6,}\.mask\d+\.png")
        found = _listed(self.folder, name) if file.kind is Kind.PICTURE else []
        return found + _listed(stem, inside)


def _allowed(file: Input) -> Iterable[str]:
    return FILM_FORMATS if file.kind.moves else WRITTEN


def _fitting(file: Input) -> str:
    # Whatever is no picture is taken for a film until somebody tries to read it.
    what = f"{file.name} is no picture, and for a film" if file.kind.moves else "for a picture"
    return f"{what} allowed are {' '.join(sorted(_allowed(file)))}"


def _listed(folder: Path, name: re.Pattern[str]) -> list[Path]:
    if not folder.is_dir():
        return []
    return [path for path in folder.iterdir() if name.fullmatch(path.name)]


def _picture_suffix(file: Input) -> str:
    suffix = "" if file.path is None else file.path.suffix
    return suffix if suffix.lower() in WRITTEN else ".png"


def refuse_existing(existing: Sequence[Path], inputs: Sequence[Input], overwrite: bool) -> None:
    """Raise UserError where something that is there would be lost."""
    for path in existing:
        for each in inputs:
            both = each.path is not None and each.path.exists() and path.is_file()
            if both and path.samefile(each.path or path):
                raise UserError(
                    f"{path}: is to be looked at, and written; give another name", EX_USAGE
                )
    if existing and not overwrite:
        shown = ", ".join(map(str, existing[:_SHOWN]))
        more = f" and {len(existing) - _SHOWN} more" if len(existing) > _SHOWN else ""
        raise UserError(f"{shown}{more}: there already; --overwrite writes over it", EX_USAGE)
