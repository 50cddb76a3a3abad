"""An engine by its name, tried in a process behind the sandbox."""

from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from edgepose.vision.engines import EngineOptions

T = TypeVar("T")

LIMIT_S: Final = 60


@dataclass(frozen=True)
class Looker:
    """An engine's name, and the process that it is tried in."""

    name: str
    pool: ProcessPoolExecutor

    def submit(self, look: Callable[..., T], *arguments: object) -> Future[T]:
        return self.pool.submit(look, self.name, *arguments)


def options(model: Path, **changes: object) -> EngineOptions:
    return EngineOptions(str(model), **changes)  # type: ignore[arg-type]
