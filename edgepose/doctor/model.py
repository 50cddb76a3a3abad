"""The model bundle: there, and the one that it should be.

Reads it whole, for its SHA-256. Runs on any thread. Raises nothing that is not told as a finding.
"""

from collections.abc import Iterator

from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, ok, warning
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
        # It names the command already.
        message, _, mend = str(error).partition(": type `")
        yield failure("model", message, *_get(case, mend.rstrip("`")))
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


def _get(case: Case, command: str) -> tuple[str, ...]:
    if not command:
        return ()
    program = case.prefix / "bin" / "edgepose"
    if program.exists():
        command = command.replace("edgepose", str(program), 1)
    return (f"sudo {command}" if case.unit is not None else command,)
