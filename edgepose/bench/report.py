"""What came out, for people: a table and the sentences around it.

Pure. The words are ASCII, so that any terminal and any mail takes them.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from edgepose.bench.numbers import Numbers, Row, together
from edgepose.bench.record import Record, model_name
from edgepose.bench.run import BARE
from edgepose.bench.settings import Setting

_COLUMNS: Final = {
    "frames/s": 8,
    "ms": 5,
    "p95": 5,
    "CPU%": 5,
    "all%": 4,
    "MB": 5,
    "temp": 4,
}
"""Titles and widths behind the setting's; 80 columns at most with a model's usual name."""
_BESIDE: Final = {"x frames/s": 10, "x delay": 7, "its frames/s": 12, "its ms": 6}
_NOISY: Final = 1.1
"""Two passes of one setting that differ by more are told."""


class Line(NamedTuple):
    """A line for people. `style` is rich's; `whole`: it is not broken where it is long."""

    text: str
    style: str = ""
    whole: bool = False


def lines(record: Record) -> Iterator[Line]:
    """All of it, 80 columns wide but for what is long by itself."""
    yield Line(_looked_at(record))
    yield Line("")
    yield from _table(record)
    if record.plan.compare:
        yield Line("")
        yield from _beside(record)
    for note in (*record.notes, *_doubts(record)):
        yield Line("")
        yield Line(note)
    if record.suggestion is not None:
        yield Line("")
        yield Line(f"Suggestion: {record.suggestion.why}.", "bold")
        for key, value in record.suggestion.keys().items():
            yield Line(f"  {key}: {value:g}" if isinstance(value, float) else f"  {key}: {value}")
    yield Line("")
    yield Line("To tell us about this machine, send us this line, as an issue of the project:")
    yield Line(record.line(), whole=True)


def _looked_at(record: Record) -> str:
    plan, outcome = record.plan, record.outcome
    told = plan.configure(plan.settings[0])
    people = "" if told.num_poses == 1 else f", for up to {told.num_poses} people"
    runs = "would have run" if outcome.interrupted else "ran"
    masks = ", with masks" if told.output_segmentation_masks else ""
    passes = f"once for {plan.seconds:g} s"
    if plan.passes > 1:
        passes = (
            f"{plan.passes} times for {plan.seconds:g} s, forward and then backward through the"
            " table, so that heat meets all alike"
        )
    return (
        f"Looked at{people}{masks}: {outcome.pictures} pictures of {told.size[0]}x{told.size[1]},"
        f" the drawn scene {plan.scene}, from memory, each as soon as an engine was free; no"
        f" camera, no MQTT. Every setting {runs} {passes}."
    )


def _table(record: Record) -> Iterator[Line]:
    measured = record.measured()
    cores = record.machine.cores
    best = None if record.suggestion is None else record.suggestion.setting
    cells = [(row.setting, _cells(numbers, cores)) for row, numbers in measured]
    yield from _rows(_COLUMNS, cells, best)
    yield from _failures(record.outcome.rows)
    if measured:
        yield Line(
            "ms, p95: from the frame at a free engine to its answer, median and 95th percentile;"
            " CPU%: of one core, all%: of all; MB: most memory of the vision process, without"
            f" the pictures' {record.outcome.pictures_mb:.0f} MB; temp: degrees C",
            "dim",
        )


def _rows(
    columns: Mapping[str, int],
    rows: Sequence[tuple[Setting, Sequence[str]]],
    best: Setting | None = None,
) -> Iterator[Line]:
    """Titles and rows, nothing where there are none; each begins with its setting."""
    width = max([len("model"), *(len(model_name(setting)) for setting, _ in rows)])
    if rows:
        yield Line(
            f"{'engine':9} {'model':{width}} workers threads {_aligned(columns, columns)}",
            "bold",
            True,
        )
    for setting, cells in rows:
        shared = f"{setting.workers:7} {setting.threads:7}"
        text = (
            f"{setting.engine:9} {model_name(setting):{width}} {shared} {_aligned(cells, columns)}"
        )
        yield Line(text, "bold green" if setting == best else "", whole=True)


def _aligned(cells: Iterable[str], columns: Mapping[str, int]) -> str:
    return " ".join(cell.rjust(size) for cell, size in zip(cells, columns.values(), strict=True))


def _cells(numbers: Numbers, cores: int) -> list[str]:
    heat, memory = numbers.temperature_c, numbers.memory_mb
    return [
        f"{numbers.frames_per_s:.1f}",
        f"{numbers.delay_ms:.0f}",
        f"{numbers.delay_p95_ms:.0f}",
        f"{numbers.cpu_percent:.0f}",
        f"{numbers.cpu_percent / cores:.0f}",
        "-" if memory is None else str(memory),
        "-" if heat is None else f"{heat:.0f}",
    ]


def _failures(rows: list[Row]) -> Iterator[Line]:
    """One row for each reason, however many settings it holds for."""
    reasons: dict[tuple[str, str], list[Setting]] = {}
    for row in rows:
        if row.failed is not None:
            reasons.setdefault((row.setting.engine, row.failed), []).append(row.setting)
    for (engine, why), settings in reasons.items():
        models = "/".join(dict.fromkeys(map(model_name, settings)))
        which = settings[0].sharing if len(settings) == 1 else f"{len(settings)} settings"
        yield Line(f"{engine:9} {models} does not run ({which}): {why}", "red")


def _beside(record: Record) -> Iterator[Line]:
    """Each setting as a multiple of plain MediaPipe."""
    for model, why in record.outcome.bare_failed.items():
        yield Line(f"{BARE}, {model} does not run: {why}", "red")
    pairs = []
    for row in record.outcome.rows:
        if (ratios := row.ratios()) is not None:
            bare = together(row.bare)
            its = f"{bare.frames_per_s:.1f}", f"{bare.delay_ms:.0f}"
            pairs.append((row.setting, [f"{ratios[0]:.2f}", f"{ratios[1]:.2f}", *its]))
    if pairs:
        yield Line(f"Beside {BARE}, LIVE_STREAM mode with one frame in flight, in turns:")
        yield from _rows(_BESIDE, pairs)


def _doubts(record: Record) -> Iterator[str]:
    spreads = [
        max(rates) / min(rates)
        for row, _ in record.measured()
        if (rates := [numbers.frames_per_s for numbers in row.passes])
    ]
    if max(spreads, default=1.0) > _NOISY:
        percent = 100 * (max(spreads) - 1)
        yield (
            f"The passes of one setting differ by up to {percent:.0f} %: the machine had other"
            " work, or got hot."
        )
    if held_back := record.held_back():
        yield (
            f"The processor was held back: {', '.join(held_back)}. See to power and cooling, and"
            " measure again."
        )
