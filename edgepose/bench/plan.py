"""What is to be measured, and what has been.

Pure.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from edgepose.bench.numbers import Row
from edgepose.bench.settings import Setting
from edgepose.messages.control import Configure


@dataclass(frozen=True, slots=True)
class Plan:
    """What to measure: each setting for `seconds` behind `warm_up_s`, `passes` times.

    `configure` gives what the vision process is told; source and pictures are put in here.
    `compare`: plain MediaPipe beside each window.
    """

    settings: list[Setting]
    passes: int
    warm_up_s: float
    seconds: float
    scene: str
    configure: Callable[[Setting], Configure]
    compare: bool


@dataclass(slots=True)
class Outcome:
    """What came out. `bare_failed`: why plain MediaPipe does not run, by model."""

    rows: list[Row]
    pictures: int = 0
    pictures_mb: float = 0.0
    interrupted: bool = False
    bare_failed: dict[str, str] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Whether anything was."""
        return any(row.passes for row in self.rows)

    @property
    def comparable(self) -> bool:
        """Whether everything was tried once at least, so that one can be said to be the best."""
        return all(row.passes or row.failed is not None for row in self.rows)
