"""What was measured of one setting, and what is worked out from it.

Pure.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median, quantiles

from edgepose.bench.settings import Setting


@dataclass(frozen=True, slots=True)
class Numbers:
    """A window of answers, or several put together.

    `frames` were answered in `seconds`. `delays_ms`: of each, from the moment at which an engine
    was free for it to its answer. `cpu_s`: processor time of the process meanwhile. `memory_mb`:
    the most resident memory it ever had, in millions of bytes, without the pictures. `start_s`:
    from its start to its first answer. `temperature_c`: at the end. `throttled`: what held the
    processor back meanwhile.
    """

    frames: int
    seconds: float
    delays_ms: tuple[float, ...]
    cpu_s: float
    memory_mb: int | None
    start_s: float
    temperature_c: float | None
    throttled: tuple[str, ...]

    @property
    def frames_per_s(self) -> float:
        """Answers in a second."""
        return self.frames / self.seconds

    @property
    def delay_ms(self) -> float:
        """The median delay."""
        return median(self.delays_ms)

    @property
    def delay_p95_ms(self) -> float:
        """The 95th percentile of the delays, of two at least."""
        return quantiles(self.delays_ms, n=20, method="inclusive")[18]

    @property
    def cpu_percent(self) -> float:
        """Processor time, in percent of one core."""
        return 100 * self.cpu_s / self.seconds


def together(parts: Sequence[Numbers]) -> Numbers:
    """Several windows as one: sums, all delays, the median start, the most memory and heat."""
    return Numbers(
        frames=sum(part.frames for part in parts),
        seconds=sum(part.seconds for part in parts),
        delays_ms=tuple(delay for part in parts for delay in part.delays_ms),
        cpu_s=sum(part.cpu_s for part in parts),
        memory_mb=max((p.memory_mb for p in parts if p.memory_mb is not None), default=None),
        start_s=median(part.start_s for part in parts),
        temperature_c=max(
            (p.temperature_c for p in parts if p.temperature_c is not None), default=None
        ),
        throttled=tuple(dict.fromkeys(name for part in parts for name in part.throttled)),
    )


@dataclass(slots=True)
class Row:
    """A setting and its windows, one for each pass so far.

    `bare`: those of plain MediaPipe, each beside the window of the same pass. `failed`: why the
    setting does not run, or did not to the end.
    """

    setting: Setting
    passes: list[Numbers] = field(default_factory=list)
    bare: list[Numbers] = field(default_factory=list)
    failed: str | None = None

    @property
    def numbers(self) -> Numbers | None:
        """All passes as one."""
        return together(self.passes) if self.passes else None

    def ratios(self) -> tuple[float, float] | None:
        """Frames/s and delay, each as a multiple of plain MediaPipe's: medians of the pairs."""
        pairs = list(zip(self.passes, self.bare, strict=False))
        if not pairs:
            return None
        rates = [ours.frames_per_s / theirs.frames_per_s for ours, theirs in pairs]
        delays = [ours.delay_ms / theirs.delay_ms for ours, theirs in pairs]
        return median(rates), median(delays)
