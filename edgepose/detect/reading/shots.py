"""All pictures of all files in their order, each file between its Begin and its End.

Runs on the reading thread. Raises nothing of a file's: an End tells it.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.arrays import read_array
from edgepose.detect.reading.films import Film
from edgepose.detect.reading.inputs import Input, Kind
from edgepose.detect.reading.pictures import read_animation, read_picture
from edgepose.detect.reading.shot import Clip, Shot
from edgepose.errors import UserError


@dataclass(frozen=True, slots=True)
class Begin:
    """What follows is of this file. `clip` where it moves; `frames`: how many pictures it has, or
    may have."""

    input: Input
    clip: Clip | None = None
    frames: int | None = 1


@dataclass(frozen=True, slots=True)
class End:
    """There is no more of this file; `problem`: why not, where that is no good reason.
    `interrupted`: somebody wanted no more."""

    problem: str | None = None
    interrupted: bool = False


Read = Begin | Shot | End


def read_all(inputs: Iterable[Input], allowance: Allowance) -> Generator[Read, None, None]:
    """Begin, Shot, Shot, ..., End, Begin, ... Whoever is done with a Shot gives it back to the
    allowance."""
    for each in inputs:
        begun = False
        try:
            steps = _read(each, allowance)
            # Not by `for`, which would keep the last picture while the next file is read.
            while (step := next(steps, None)) is not None:
                begun = True
                yield step
            yield End()
        except Exception as error:  # noqa: BLE001 - one file's trouble is not that of the others
            if not begun:
                yield Begin(each, frames=0)
            yield End(_told(error, each))


def _told(error: Exception, file: Input) -> str:
    if isinstance(error, UserError):
        return str(error)
    reason = " ".join(str(error).split())[:120]
    return f"{file.name}: cannot be read: unexpected {type(error).__name__}: {reason}"


def _read(file: Input, allowance: Allowance) -> Iterator[Begin | Shot]:
    with file.open() as stream:
        if file.kind is Kind.PICTURE:
            shot = Shot(read_picture(stream, file.name, allowance))
            yield Begin(file)
            yield shot
        elif file.kind is Kind.ARRAY:
            count, shots = read_array(stream, file.name, allowance)
            yield Begin(file, frames=count)
            yield from shots
        elif file.kind is Kind.ANIMATION:
            clip, shots = read_animation(stream, file.name, allowance)
            yield Begin(file, clip, clip.frames)
            yield from shots
        else:
            with closing(Film(stream, file.name)) as film:
                yield Begin(file, film.clip, film.clip.frames)
                yield from film.shots(allowance)
