"""The model bundle: there, and the one that it should be.

Reads it whole, for its SHA-256. Runs on any thread. Raises nothing that is not told as a finding.
"""

from collections.abc import Iterator
from pathlib import Path

from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, ok, warning
from edgepose.doctor.typed import nano
from edgepose.errors import UserError


def look(case: Case) -> Iterator[Finding]:
    """Compare it with the manifest."""
    if case.config is None:
        return
    from edgepose import translate
    from edgepose.models import manifest

    asked = case.config.detection.model
    try:
        found = translate.bundle(case.config, case.folder, case.models)
    except UserError as error:
        yield failure("model", *_told(case, error))
        return
    if found.why is not None:
        # auto took another one than it would.
        message, _, mend = found.why.partition(": type `")
        yield warning("model", f"{found.name} is used: {message}", *_get(case, mend.rstrip("`")))
    known = manifest.load(case.models).get(found.name)
    if known is None:
        yield ok("model", f"{found.path}, a file of your own: nobody knows its SHA-256")
        return
    state, origin = known.look(found.path.parent)
    if state == "present":
        meant = " (auto)" if asked == "auto" else ""
        yield ok("model", f"{found.name}{meant}, as it should be: {origin}")
    else:
        yield failure(
            "model",
            f"{found.path} is {state}: its SHA-256 is none that models/manifest has for "
            f"{found.name}",
            *_get(case, f"edgepose model get --force {found.name}"),
            "sudo systemctl restart edgepose" if case.unit is not None else "",
        )


def altered(case: Case, model: Path) -> bool:
    """Whether it is one of the list's, and not as it should be."""
    name = _listed(case).get(model)
    if name is None:
        return False
    from edgepose.models import manifest

    return manifest.load(case.models)[name].look(model.parent)[0] != "present"


def _listed(case: Case) -> dict[Path, str]:
    """The name of each bundle of the list, by its place."""
    from edgepose.models import manifest

    place = case.models or manifest.home()
    return {place / each.file: name for name, each in manifest.load(case.models).items()}


def _told(case: Case, error: UserError) -> tuple[str, ...]:
    """What is wrong with the bundle that is asked for, and what to do."""
    # For one of the list it names the command already.
    message, _, mend = str(error).partition(": type `")
    if mend or case.config is None:
        return message, *_get(case, mend.rstrip("`"))
    message = message.partition("; `edgepose model get")[0]
    listed = _listed(case)
    path = (case.folder / Path(case.config.detection.model).expanduser()).resolve()
    if path.exists() and (name := listed.get(path)) is not None:
        return message, *_get(case, f"edgepose model get --force {name}")
    names = ", ".join(["auto", *listed.values()])
    todo = f"Set detection.model to one of {names}, or to the path of a .task file:"
    return message, todo, "" if case.file is None else nano(case, case.file)


def _get(case: Case, command: str) -> tuple[str, ...]:
    if not command:
        return ()
    return (f"sudo {command}" if case.unit is not None else command,)
