"""What the checks look at: the service of this machine, else the checkout that this is run from.

Found out once, before any check. Imports the configuration only here and there, so that a checkout
without its Python packages can be looked at, too. Runs on any thread. `Case.find` raises nothing.
"""

import contextlib
import grp
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgepose.config.access import User, known, oneself
from edgepose.doctor.unit import Unit, ask

if TYPE_CHECKING:
    from edgepose.config.model import Config
    from edgepose.config.running import Running

CONFIG: Final = Path("/etc/edgepose/edgepose.yaml")
"""Where the installer puts it."""
STATES: Final = Path("/var/lib")
"""Where systemd keeps what StateDirectory= names."""


@dataclass(frozen=True)
class Case:
    """`file` is the configuration, None where there is none and the defaults count; `config` what
    it holds, None where it cannot be read. `running` and `health` are what the running daemon
    says of itself; `python` is what it runs with; `asked` the file that a person wants looked at.
    """

    unit: Unit | None
    file: Path | None
    config: "Config | None"
    running: "Running | None"
    health: Mapping[str, Any] | None
    python: Path
    user: User
    asked: Path | None = None

    @property
    def root(self) -> bool:
        """Whether all can be seen."""
        return os.geteuid() == 0

    @property
    def myself(self) -> bool:
        """Whether edgepose would run as who asks."""
        return self.user.number == os.geteuid()

    @property
    def prefix(self) -> Path:
        """The environment of the daemon's Python."""
        return self.python.parent.parent

    @property
    def models(self) -> Path | None:
        """Where the service has its model bundles; None where they are this installation's."""
        place = self.prefix / "share" / "edgepose" / "models"
        return place if self.unit is not None and place.is_dir() else None

    @property
    def state(self) -> Path | None:
        """The service's state directory."""
        name = "" if self.unit is None else self.unit["StateDirectory"]
        return STATES / name.split()[0] if name else None

    @property
    def folder(self) -> Path:
        """What paths in the configuration are relative to."""
        return Path.cwd() if self.file is None else self.file.absolute().parent

    @property
    def paused(self) -> bool:
        """Whether the camera is closed because somebody wants it so."""
        return self.health is not None and self.health.get("status") == "paused"

    @property
    def sees(self) -> bool:
        """Whether camera and engine of the running service are at work."""
        return (
            self.health is not None
            and self.health.get("camera") not in (None, "missing", "stalled", "off")
            and self.health.get("engine") is not None
        )

    @classmethod
    def find(cls, file: Path | None = None) -> "Case":
        """Look around. `file`: another configuration than the service's."""
        unit, asked = ask(), file
        python = Path(sys.executable)
        user = oneself()
        if unit is not None:
            beside = None if unit.program is None else unit.program.with_name("python")
            python = beside if beside is not None and beside.exists() else python
            user = _with_groups(known(unit["User"] or "root") or user, unit)
            file = file or unit.config
        file = file or (CONFIG if os.path.lexists(CONFIG) else None)
        running, health = _running()
        return cls(unit, file, _config(file), running, health, python, user, asked)


def _with_groups(user: User, unit: Unit) -> User:
    """systemd gives the service more groups than the list of users does."""
    found = set(user.groups)
    for name in unit["SupplementaryGroups"].split():
        with contextlib.suppress(KeyError):
            found.add(grp.getgrnam(name).gr_gid)
    return User(user.name, user.number, frozenset(found))


def _config(file: Path | None) -> "Config | None":
    try:
        from edgepose.config.load import load
        from edgepose.config.model import Config
        from edgepose.config.problem import ConfigError
    except ImportError:
        # The check of the packages says so.
        return None
    try:
        return Config() if file is None else load(file)
    except ConfigError:
        # The check of the configuration says what is wrong.
        return None


def _running() -> "tuple[Running | None, Mapping[str, Any] | None]":
    from edgepose.errors import UserError

    try:
        from edgepose.config.running import read, runtime_folder
        from edgepose.service import last_health

        running = read()
        return running, None if running is None else last_health.read(runtime_folder())
    except (ImportError, UserError):
        return None, None
