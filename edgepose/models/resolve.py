"""Turns `detection.model` into the bundle that runs.

Owns the meaning of `auto`. Does not fetch anything. Runs on the caller's thread, in the daemon
before the vision process starts; raises UserError with the command that mends it.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from edgepose.errors import UserError
from edgepose.models import bundle, manifest
from edgepose.models.manifest import Bundle

LITE_BELOW = 1_000_000_000
"""Bytes of physical memory below which `auto` means lite. Boards sold with 1 GB show less."""


@dataclass(frozen=True)
class Resolved:
    """The bundle to run; `why` says what made it another one than was asked for, else None."""

    path: Path
    name: str
    why: str | None


def physical_memory() -> int:
    """Bytes of memory that the kernel has."""
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def meant_by_auto(memory: int) -> str:
    """The name of the bundle for a machine with so many bytes of memory."""
    return "lite" if memory < LITE_BELOW else "full"


def resolve(model: str, directory: Path | None = None, memory: int | None = None) -> Resolved:
    """The bundle for `auto`, a name of the manifest, or the path of a `.task` file.

    `directory` holds the bundles, manifest.home() unless given; `memory` in bytes is the
    machine's unless given. A quick look only: `edgepose model verify` compares hashes.
    """
    bundles = manifest.load(directory)
    directory = directory or manifest.home()
    if model == "auto":
        return _auto(bundles, directory, physical_memory() if memory is None else memory)
    if model in bundles:
        return Resolved(_checked(bundles[model], directory), model, None)
    path = Path(model).expanduser()
    try:
        is_there = path.is_file()
    except OSError as error:
        raise UserError(f"model {model}: cannot be read: {error.strerror}") from None
    if not is_there:
        known = ", ".join(["auto", *bundles])
        raise UserError(f"model {model}: no such file, and not one of {known}")
    try:
        bundle.check(path)
    except UserError as error:
        raise UserError(f"detection.model: {error}; {bundle.MEND}") from error
    return Resolved(path, path.name, None)


def _auto(bundles: Mapping[str, Bundle], directory: Path, memory: int) -> Resolved:
    wanted = meant_by_auto(memory)
    problem: UserError | None = None
    for name in sorted(bundles, key=lambda name: name != wanted):
        try:
            path = _checked(bundles[name], directory)
        except UserError as error:
            problem = problem or error
        else:
            return Resolved(path, name, f"not {wanted}: {problem}" if problem else None)
    raise problem or UserError(f"{directory}/manifest lists no model: install edgepose again")


def _checked(wanted: Bundle, directory: Path) -> Path:
    path = directory / wanted.file
    mend = f"type `edgepose model get {wanted.name}`"
    if not path.exists():
        raise UserError(f"the model {wanted.name} is not at {path}: {mend}")
    try:
        bundle.check(path)
    except UserError as error:
        raise UserError(f"{error}: {mend}") from error
    return path
