"""Builds a bundle from the networks that a Python wheel contains, where its host is out of reach.

Owns the recipe's steps: pip gets the wheel, each network is checked against its own SHA-256, the
landmark network gets its metadata, the bundle is packed. Neither installs nor imports the wheel.
Runs on the caller's thread, pip in a child process. Raises UserError.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from edgepose.errors import UserError
from edgepose.models import bundle, tflite
from edgepose.models.manifest import Part, Recipe


def build(recipe: Recipe) -> bytes:
    """The bundle, from the wheel that pip finds in this machine's package source."""
    with tempfile.TemporaryDirectory(prefix="edgepose-") as directory:
        return from_wheel(_wheel(recipe, Path(directory)), recipe)


def from_wheel(wheel: Path, recipe: Recipe) -> bytes:
    """The bundle, from a wheel at hand; the same bytes on every machine and every Python."""
    parts: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(wheel) as opened:
            for part in recipe.parts:
                parts[part.name] = _network(opened, part)
    except (zipfile.BadZipFile, KeyError, OSError, ValueError) as error:
        raise UserError(f"{wheel.name} refused: {error}") from error
    return bundle.pack(parts)


def _network(wheel: zipfile.ZipFile, part: Part) -> bytes:
    content = wheel.read(part.member)
    found = hashlib.sha256(content).hexdigest()
    if found != part.sha256:
        raise ValueError(f"its {part.member} has SHA-256 {found}, listed is {part.sha256}")
    if part.normalization is None:
        return content
    metadata = tflite.normalization(part.normalization.mean, part.normalization.std)
    return tflite.with_metadata(content, metadata)


def _wheel(recipe: Recipe, directory: Path) -> Path:
    wanted = f"{recipe.package}=={recipe.version}"
    if importlib.util.find_spec("pip") is None:
        raise UserError(
            f"{wanted} cannot be fetched: {sys.executable} has no pip; "
            f"type `{sys.executable} -m ensurepip` or `sudo apt install python3-pip`"
        )
    # The wheel is unpacked, never run: any machine takes the one for x86-64.
    command = [sys.executable, "-P", "-m", "pip", "download", "--quiet", "--no-input"]
    command += ["--disable-pip-version-check"]
    command += ["--no-deps", "--only-binary", ":all:", "--platform", recipe.platform]
    command += ["--python-version", recipe.python, "--dest", str(directory), wanted]
    # What pip leaves behind when it is stopped goes with the directory.
    environment = dict(os.environ, TMPDIR=str(directory))
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    wheels = list(directory.glob("*.whl"))
    if done.returncode or len(wheels) != 1:
        said = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        why = said[-1] if said else f"exit status {done.returncode}"
        raise UserError(f"{wanted} cannot be fetched: pip says {why}")
    return wheels[0]
