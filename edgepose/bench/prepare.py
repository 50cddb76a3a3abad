"""From what was asked for to what is measured: the config, the bundles that are here, the machine.

Reads, and changes nothing. Runs on the main thread. Raises UserError.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path
from typing import Final

from edgepose import translate
from edgepose.bench import machine
from edgepose.bench.machine import Machine
from edgepose.bench.plan import Plan
from edgepose.bench.settings import Setting, Wish, combinations
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.errors import UserError
from edgepose.messages.control import Configure
from edgepose.models import manifest
from edgepose.models.resolve import resolve

PASSES: Final = 2
WARM_UP_S: Final = 2.0
"""The pictures are decoded meanwhile, and the processor's clock goes up."""
_QUICK_S: Final = 2.0
_QUICK_WARM_UP_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class Asked:
    """The options of `edgepose bench`; None where nothing was said. `file`: the config."""

    file: Path | None
    engines: Sequence[str]
    models: Sequence[str] | None
    workers: Sequence[int] | None
    threads: Sequence[int] | None
    seconds: float
    quick: bool
    compare: bool


@dataclass(frozen=True, slots=True)
class Prepared:
    """What to do, on what. `warning`: what is in the way now, None if nothing is. `notes`: what is
    left out."""

    plan: Plan
    machine: Machine
    warning: str | None
    notes: list[str]


def prepare(asked: Asked) -> Prepared:
    """Look at everything that can be wrong before anything is measured."""
    config = Config() if asked.file is None else load(asked.file)
    folder = Path() if asked.file is None else asked.file.absolute().parent
    models, notes = _models(asked.models, config, folder)
    about = machine.describe()
    free_mb = inf if about.free_mb is None else about.free_mb
    wish = Wish(asked.engines, list(models), asked.workers, asked.threads)
    settings, left_out = combinations(wish, about.cores, free_mb)

    def configure(setting: Setting) -> Configure:
        detection = config.detection.model_copy(
            update={"workers": setting.workers, "threads": setting.threads}
        )
        told = config.model_copy(update={"detection": detection})
        return translate.vision(told, setting.engine, models[setting.model], folder, 0)

    plan = Plan(
        settings=settings,
        passes=1 if asked.quick else PASSES,
        warm_up_s=_QUICK_WARM_UP_S if asked.quick else WARM_UP_S,
        seconds=_QUICK_S if asked.quick else asked.seconds,
        scene="two_people" if config.detection.num_poses > 1 else "waving",
        configure=configure,
        compare=asked.compare,
    )
    return Prepared(plan, about, in_the_way(machine.others()), [*notes, *left_out])


def _models(
    asked: Sequence[str] | None, config: Config, folder: Path
) -> tuple[dict[str, Path], list[str]]:
    """The bundles by name, and what is to be said of those that are not here."""
    if asked is not None:
        names = [str(Path(name).absolute()) if name.endswith(".task") else name for name in asked]
        return {name: resolve(name).path for name in names}, []
    if config.detection.model.endswith(".task"):
        # Whoever has a model of their own wants no other.
        return {config.detection.model: translate.bundle(config, folder).path}, []
    found: dict[str, Path] = {}
    missing: list[str] = []
    notes: list[str] = []
    for name, bundle in manifest.load().items():
        try:
            found[name] = resolve(name).path
        except UserError as error:
            if (manifest.home() / bundle.file).exists():
                notes.append(f"Not measured: {error}.")
            else:
                missing.append(name)
    if not found:
        raise UserError("; ".join(notes) or "no model is here: type `edgepose model get`")
    if missing:
        get = f"`edgepose model get {' '.join(missing)}`"
        notes.append(
            f"Not measured: {' and '.join(missing)}, not here; {get} gets what is missing."
        )
    return found, notes


def in_the_way(others: Mapping[int, bool]) -> str | None:
    """What to say of vision processes that run, of which it is known whether they are the
    service's; None where none runs."""
    if not others:
        return None
    who = ", ".join(f"process {pid}" for pid in others)
    ends = ["`sudo systemctl stop edgepose` ends the service"] if any(others.values()) else []
    if not all(others.values()):
        ends.append("Ctrl-C, where it was started, ends what was started by hand")
    return (
        f"edgepose is running ({who}) and takes processor and memory: the numbers come out too low."
        f" {' and '.join(ends)}; the bench needs no camera."
    )
