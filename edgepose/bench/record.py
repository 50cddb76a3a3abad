"""What came out, for programs and for us: JSON, and one line to send.

Pure.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from edgepose.bench.machine import Machine
from edgepose.bench.numbers import Numbers, Row
from edgepose.bench.plan import Outcome, Plan
from edgepose.bench.settings import Setting
from edgepose.bench.suggest import Suggestion

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Record:
    """All there is to tell. `notes` are for people: what was left out, what was in the way."""

    machine: Machine
    plan: Plan
    outcome: Outcome
    suggestion: Suggestion | None
    notes: list[str]

    def measured(self) -> list[tuple[Row, Numbers]]:
        """The rows that have numbers."""
        return [(row, n) for row in self.outcome.rows if (n := row.numbers) is not None]

    def held_back(self) -> list[str]:
        """What held the processor back at any time."""
        return sorted({name for _, numbers in self.measured() for name in numbers.throttled})

    def as_json(self) -> dict[str, Any]:
        """For `json.dumps`. What is not known is null."""
        plan, outcome, suggestion = self.plan, self.outcome, self.suggestion
        told = plan.configure(plan.settings[0])
        return {
            "v": VERSION,
            "machine": asdict(self.machine),
            "pictures": {
                "scene": plan.scene,
                "count": outcome.pictures,
                "size": told.size,
                "num_poses": told.num_poses,
                "masks": told.output_segmentation_masks,
                "mb": round(outcome.pictures_mb, 1),
            },
            "passes": plan.passes,
            "seconds": plan.seconds,
            "warm_up_s": plan.warm_up_s,
            "interrupted": outcome.interrupted,
            "settings": [self._setting(row) for row in outcome.rows],
            "bare_failed": outcome.bare_failed if plan.compare else None,
            "suggestion": suggestion and {"keys": suggestion.keys(), "why": suggestion.why},
            "notes": self.notes,
            "line": self.line(),
        }

    def _setting(self, row: Row) -> dict[str, Any]:
        told: dict[str, Any] = {**asdict(row.setting), "failed": row.failed}
        if (numbers := row.numbers) is not None:
            told |= _rounded(numbers, self.machine.cores)
            told["frames_per_s_of_passes"] = [round(p.frames_per_s, 2) for p in row.passes]
        if (ratios := row.ratios()) is not None:
            told["bare"] = {
                "frames_per_s": [round(p.frames_per_s, 2) for p in row.bare],
                "delay_ms": [round(p.delay_ms, 1) for p in row.bare],
                "frames_ratio": round(ratios[0], 3),
                "delay_ratio": round(ratios[1], 3),
            }
        return told

    def line(self) -> str:
        """Machine and main numbers, with nothing in it of whose machine it is; ASCII."""
        about = self.machine
        versions = [f"{name} {number}" for name, number in about.versions.items() if number]
        parts = [
            "edgepose bench",
            f"{about.board or 'unknown board'}, {about.cores} cores, {about.memory_mb} MB",
            f"{about.system or 'unknown system'}, {about.kernel} {about.architecture}",
            ", ".join([f"Python {about.python}", *versions]),
        ]
        heat = [n.temperature_c for _, n in self.measured() if n.temperature_c is not None]
        if heat:
            parts.append(f"up to {max(heat):.0f} C")
        parts += self.held_back()
        text = " | ".join([*parts, *self._groups()])
        return "".join(each if each.isascii() and each.isprintable() else "?" for each in text)

    def _groups(self) -> Iterator[str]:
        """For each engine and model, the numbers by workers x threads."""
        groups: dict[str, list[str]] = {}
        for row in self.outcome.rows:
            setting = row.setting
            told = groups.setdefault(f"{setting.engine} {model_name(setting)}", [])
            if (n := row.numbers) is not None:
                sharing = f"{setting.workers}x{setting.threads}"
                numbers = f"{n.frames_per_s:.1f}/s {n.delay_ms:.0f}ms {n.memory_mb or '-'}MB"
                told.append(f"{sharing} {numbers}")
            elif row.failed is not None and row.failed not in told:
                told.append(row.failed)
        return (f"{name}: {', '.join(told)}" for name, told in groups.items() if told)


def model_name(setting: Setting) -> str:
    """The name of the model, without the folders of a bundle's path."""
    return Path(setting.model).name


def _rounded(numbers: Numbers, cores: int) -> dict[str, Any]:
    return {
        "frames": numbers.frames,
        "frames_per_s": round(numbers.frames_per_s, 2),
        "delay_ms": {
            "median": round(numbers.delay_ms, 1),
            "p95": round(numbers.delay_p95_ms, 1),
        },
        "cpu_percent": {
            "core": round(numbers.cpu_percent, 1),
            "machine": round(numbers.cpu_percent / cores, 1),
        },
        "memory_mb": numbers.memory_mb,
        "start_s": round(numbers.start_s, 2),
        "temperature_c": numbers.temperature_c,
        "throttled": list(numbers.throttled),
    }
