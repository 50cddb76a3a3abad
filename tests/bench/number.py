"""A measured number, its bound and its rival, and how they look in JSON.

Owns no measuring. Pure, any thread; raises nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Wanted:
    """A bound of the project, in the unit of its number."""

    sign: Literal["<=", ">="]
    bound: float

    def holds(self, value: float) -> bool:
        """Whether `value` keeps the bound."""
        return value <= self.bound if self.sign == "<=" else value >= self.bound


@dataclass(frozen=True, slots=True)
class Rival:
    """What a rival needs for the same, measured in the same run, in its number's unit unless
    `unit` says another one."""

    what: str
    value: float
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Number:
    """`seen` tells what the value was made of, so that a reader can judge the noise."""

    value: float
    unit: str
    wanted: Wanted | None = None
    rival: Rival | None = None
    seen: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The number for `json.dumps`, rounded to 4 digits. `ok` is null without a bound."""
        wanted, rival = self.wanted, self.rival
        return {
            "value": rounded(self.value),
            "unit": self.unit,
            "wanted": f"{wanted.sign} {wanted.bound:g}" if wanted else None,
            "ok": wanted.holds(self.value) if wanted else None,
            "rival": {
                "what": rival.what,
                "value": rounded(rival.value),
                "unit": rival.unit or self.unit,
            }
            if rival
            else None,
            "seen": self.seen,
        }


def rounded(value: float) -> float:
    """`value` with 4 digits; a whole number stays whole."""
    return value if isinstance(value, int) else float(f"{value:.4g}")


def spread(values: Sequence[float]) -> dict[str, float]:
    """Count, least, median, 99th percentile and greatest of two values or more."""
    cuts = quantiles(values, n=100, method="inclusive")
    return {
        "count": len(values),
        "min": rounded(min(values)),
        "median": rounded(median(values)),
        "p99": rounded(cuts[98]),
        "max": rounded(max(values)),
    }
