"""Numbers as if they had been measured."""

from typing import Any

from edgepose.bench.numbers import Numbers, Row
from edgepose.bench.settings import Setting


def numbers(frames_per_s: float, delay_ms: float, **other: Any) -> Numbers:
    """A window of ten seconds with these; every delay is the same."""
    values: dict[str, Any] = {
        "frames": round(10 * frames_per_s),
        "seconds": 10.0,
        "delays_ms": (delay_ms,) * 10,
        "cpu_s": 15.0,
        "memory_mb": 240,
        "start_s": 1.5,
        "temperature_c": 61.4,
        "throttled": (),
    }
    return Numbers(**{**values, **other})


def row(setting: str, frames_per_s: float, delay_ms: float, **other: Any) -> Row:
    """A row with one window; `setting` as in "litert full 1x3"."""
    engine, model, sharing = setting.split()
    workers, threads = map(int, sharing.split("x"))
    made = Setting(engine, model, workers, threads)
    return Row(made, [numbers(frames_per_s, delay_ms, **other)])
