"""Under which name what is made of each file is written: no two under one.

Pure, but for what is there already. Raises UserError.
"""

import os
import re
from collections.abc import Callable, Iterable, Sequence
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


def stems(inputs: Sequence[Input], endings: Callable[[Input], Iterable[str]]) -> dict[int, str]:
    """By the id of each input, the name of its results without their `endings`: its own, cut where
    that is too long, with a number behind it where a result of another one has that already."""

    def results(stem: str, each: Input) -> set[str]:
        return {f"{stem}{ending}".casefold() for ending in endings(each)}

    wanted = ["stdin" if each.path is None else _short(each.path.stem) for each in inputs]
    taken = set().union(*map(results, wanted, inputs))
    used: set[str] = set()
    found = {}
    # What is not what its name says is damaged, most likely, and takes no good one's name.
    for each, stem in sorted(zip(inputs, wanted, strict=True), key=lambda pair: not _apt(pair[0])):
        name, number = stem, 1
        # Not the own name of one that comes later either.
        while results(name, each) & (used | taken if number > 1 else used):
            number += 1
            name = f"{stem}-{number}"
        used |= results(name, each)
        found[id(each)] = name
    return found


def _apt(file: Input) -> bool:
    """Whether the file is of a kind that its name tells."""
    named = file.path is not None and file.path.suffix.lower() in FILMS
    return named is (file.kind is Kind.FILM)


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
        self._stems = stems(inputs, _annotated)
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
        return self.folder / (self._stems[id(file)] + _annotated(file)[0])

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
        self._stems = stems(inputs, _masks)

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


def _annotated(file: Input) -> tuple[str, ...]:
    """What is behind the stem of a result; an array may get a folder, too."""
    suffix = ".mp4" if file.kind.moves else _picture_suffix(file)
    return (suffix, "") if file.kind is Kind.ARRAY else (suffix,)


def _masks(file: Input) -> tuple[str, ...]:
    """The same where these are masks, of which an array may get either."""
    if file.kind is Kind.ARRAY:
        return (".mask", "")
    return ("",) if file.kind.moves else (".mask",)


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
