"""Which settings are measured, and in which order.

Pure. Raises UserError for a wish that leaves nothing to measure.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from edgepose.errors import UserError

ENGINES: Final = ("mediapipe", "litert")
USAGE: Final = 2
"""The exit status of a command with wrong options; argparse's, too."""
_STEPS: Final = (1, 2, 3, 4, 6, 8)
"""Of workers and of threads, up to the number of cores."""
_ONE_THREADED: Final = "mediapipe"
"""MediaPipe gives its networks one thread on Linux, and no option changes that."""
_FIRST_MB: Final = {"mediapipe": 280, "litert": 190}
_EACH_MORE_MB: Final = {"mediapipe": 90, "litert": 80}
"""What a vision process takes with one worker, the full model and the pictures, and each worker
more. Rounded up from what was measured; it decides only whether more than one is tried on a small
machine."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One way to run the vision process. `model`: a bundle's name, or the path of one."""

    engine: str
    model: str
    workers: int
    threads: int

    @property
    def cores(self) -> int:
        """How many cores it can keep busy."""
        return self.workers * self.threads

    @property
    def sharing(self) -> str:
        """How it divides the work, in words."""
        return f"{_many(self.workers, 'worker')}, {_many(self.threads, 'thread')}"

    def __str__(self) -> str:
        return f"{self.engine}, {self.model}, {self.sharing}"


@dataclass(frozen=True, slots=True)
class Wish:
    """What was asked for; None: whatever makes sense on this machine."""

    engines: Sequence[str]
    models: Sequence[str]
    workers: Sequence[int] | None = None
    threads: Sequence[int] | None = None


def combinations(wish: Wish, cores: int, free_mb: float) -> tuple[list[Setting], list[str]]:
    """The settings to measure, and for people, what is left out and why.

    `cores`: those this process may use. `free_mb`: memory that can be had, in millions of bytes.
    """
    steps = [n for n in _STEPS if n <= cores]
    found = []
    for engine in wish.engines:
        for model in wish.models:
            for workers in wish.workers or steps:
                for threads in wish.threads or steps:
                    setting = Setting(engine, model, workers, threads)
                    if _sensible(setting, wish, cores):
                        found.append(setting)
    if not found:
        raise UserError("--threads: mediapipe has one thread; more are for litert", USAGE)
    fitting = [each for each in found if each.workers == 1 or _need_mb(each) <= free_mb]
    left_out = [
        f"{each} is left out: it takes about {_need_mb(each)} MB, and {free_mb:.0f} MB are free"
        for each in found
        if each not in fitting
    ]
    left_out += [
        f"{engine} is left out: it has one thread"
        for engine in wish.engines
        if engine not in {each.engine for each in found}
    ]
    return fitting, left_out


def in_order(settings: Sequence[Setting], number: int) -> list[Setting]:
    """The settings as pass `number`, from 0, takes them: forward, backward, forward...

    So each of them has the same mean place in two passes, and heat meets all of them alike.
    """
    return list(settings if number % 2 == 0 else reversed(settings))


def _sensible(setting: Setting, wish: Wish, cores: int) -> bool:
    if setting.engine == _ONE_THREADED and setting.threads > 1:
        return False
    # More than there are cores only where each number was asked for.
    asked = (setting.workers == 1 or wish.workers) and (setting.threads == 1 or wish.threads)
    return setting.cores <= cores or bool(asked)


def _need_mb(setting: Setting) -> int:
    return _FIRST_MB[setting.engine] + (setting.workers - 1) * _EACH_MORE_MB[setting.engine]


def _many(count: int, what: str) -> str:
    return f"{count} {what}{'' if count == 1 else 's'}"
