"""The unit edgepose.service, as systemd tells it to everybody: how it is set up, how it is.

Asks `systemctl show` in a child, with a time limit, and reads the unit's files. Runs on any thread.
Raises nothing: where there is no systemd, or no such unit, there is none.
"""

import contextlib
import re
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.doctor.finding import Finding, failure, note, ok, warning

NAME: Final = "edgepose.service"
ASK_S: Final = 10.0
HOME: Final = Path("/etc/systemd/system") / NAME
"""Where the installer puts it."""
_PROPERTIES: Final = (
    "ActiveState",
    "DropInPaths",
    "ExecMainStatus",
    "ExecStart",
    "FragmentPath",
    "LoadError",
    "LoadState",
    "MainPID",
    "NRestarts",
    "NeedDaemonReload",
    "Result",
    "StateDirectory",
    "StatusText",
    "SubState",
    "SupplementaryGroups",
    "UnitFileState",
    "User",
)
_OURS: Final = ("mqtt-password.conf", "broker-address.conf")
"""The drop-ins that the installer writes."""
_CREDENTIAL: Final = re.compile(r"^LoadCredential=(?:mqtt-password:(\S+))?\s*$", re.MULTILINE)
"""An empty one takes back those before it; systemd.exec(5)."""
_LOG: Final = "journalctl -u edgepose -n 20   (tells why)"
_START: Final = "sudo systemctl start edgepose"


@dataclass(frozen=True, slots=True)
class Unit:
    """systemd's properties of the unit, by name, as `systemctl show` writes them."""

    properties: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.properties.get(name, "")

    @property
    def active(self) -> bool:
        """Whether the daemon runs and has said that it is ready."""
        return self["ActiveState"] in ("active", "reloading")

    @property
    def wants_camera(self) -> bool:
        """Whether the daemon runs, or is just starting."""
        return self.active or (
            self["ActiveState"] == "activating" and self["SubState"] != "auto-restart"
        )

    @property
    def pid(self) -> int | None:
        """Of the daemon, while it runs."""
        return int(self["MainPID"] or 0) or None

    @property
    def program(self) -> Path | None:
        """What it starts, .../bin/edgepose; None where that cannot be told."""
        found = re.search(r"path=(\S+)", self["ExecStart"])
        return Path(found[1]) if found else None

    @property
    def config(self) -> Path | None:
        """The configuration that it starts with."""
        found = re.search(r"argv\[\]=.*? --config[ =](\S+)", self["ExecStart"])
        return Path(found[1]) if found else None

    @property
    def password(self) -> Path | None:
        """The file of the credential with the password, where one is loaded."""
        # `systemctl show` calls it unprintable.
        found = None
        for file in (Path(self["FragmentPath"]), *self.drop_ins):
            with contextlib.suppress(OSError):
                for line in _CREDENTIAL.finditer(file.read_text(errors="replace")):
                    found = line[1]
        return Path(found) if found else None

    @property
    def drop_ins(self) -> list[Path]:
        """The files that change the unit."""
        return [Path(name) for name in self["DropInPaths"].split()]


def ask() -> Unit | None:
    """The unit of this machine; None where there is none, or no systemd."""
    command = ["systemctl", "show", NAME, f"--property={','.join(_PROPERTIES)}"]
    try:
        done = subprocess.run(
            command, check=True, capture_output=True, text=True, errors="replace", timeout=ASK_S
        )
    except (OSError, subprocess.SubprocessError):
        return None
    lines = (line.partition("=") for line in done.stdout.splitlines())
    unit = Unit({name: value for name, _, value in lines})
    return None if unit["LoadState"] in ("", "not-found") else unit


def look(unit: Unit | None, asked: Path | None = None) -> Iterator[Finding]:
    """Whether it is there, as it was installed, and runs. `asked`: the file that a person names."""
    if unit is None:
        named = "FILE" if asked is None else shlex.quote(str(asked))
        yield note(
            "unit",
            "nothing runs as a service here; an edgepose that you run by hand is not looked at",
            f"edgepose watch --config {named}   (shows what such a one publishes)",
        )
        return
    trouble = list(_set_up(unit))
    yield from trouble
    if unit["LoadState"] == "loaded":
        yield from _running(unit, tidy=not trouble)


def _set_up(unit: Unit) -> Iterator[Finding]:
    state = unit["LoadState"]
    if state == "masked":
        yield failure("unit", f"{NAME} is masked: systemd does not start it", *_unmask())
    elif state != "loaded":
        error = unit["LoadError"].partition('"')[2].rstrip('"') or state
        yield failure("unit", f"{NAME} cannot be loaded: {error}", f"systemd-analyze verify {NAME}")
    else:
        yield from _changed(unit)
        if unit["UnitFileState"] not in ("enabled", "enabled-runtime"):
            yield warning(
                "unit",
                f"the service does not start at boot: it is {unit['UnitFileState'] or 'disabled'}",
                "sudo systemctl enable edgepose",
            )


def _changed(unit: Unit) -> Iterator[Finding]:
    others = [str(path) for path in unit.drop_ins if path.name not in _OURS]
    if others:
        yield warning(
            "unit",
            f"the unit is changed by {', '.join(others)}",
            "systemctl cat edgepose   (shows what it says)",
            "If nobody wants that: delete the file, then",
            "sudo systemctl daemon-reload && sudo systemctl restart edgepose",
        )
    if unit["FragmentPath"] not in ("", str(HOME)):
        yield warning(
            "unit",
            f"the unit is another one than the installer's: {unit['FragmentPath']}",
            "sudo ./scripts/install   (in the checkout, puts its own in place)",
        )
    if unit["NeedDaemonReload"] == "yes":
        yield warning(
            "unit",
            "the unit's files were changed, and systemd has not read them yet",
            "sudo systemctl daemon-reload && sudo systemctl restart edgepose",
        )


def _running(unit: Unit, *, tidy: bool) -> Iterator[Finding]:
    restarts = int(unit["NRestarts"] or 0)
    if unit["ActiveState"] == "failed":
        yield failure("unit", f"the service has failed: {_end(unit)}", _LOG, _mended())
    elif unit["SubState"] == "auto-restart":
        yield failure("unit", f"the service ends again and again: {_end(unit)}", _LOG)
    elif unit["ActiveState"] == "activating":
        yield warning("unit", "the service is just starting", "edgepose doctor   (again, soon)")
    elif not unit.active:
        yield failure("unit", "the service does not run: it was stopped", _START)
    elif restarts:
        times = "once" if restarts == 1 else f"{restarts} times"
        yield warning("unit", f"the service runs, but systemd had to start it again {times}", _LOG)
    elif tidy:
        yield ok("unit", "the service runs, starts at boot, and is as it was installed")


def _end(unit: Unit) -> str:
    if unit["ExecMainStatus"] == "78":
        return "its configuration cannot be used"
    status, said = unit["ExecMainStatus"], unit["StatusText"]
    ended = unit["Result"] + (f", status {status}" if status not in ("", "0") else "")
    return ended + (f"; the last that it said: {said}" if said else "")


def _mended() -> str:
    return "sudo systemctl restart edgepose   (when it is mended)"


def _unmask() -> tuple[str, str]:
    return "sudo systemctl unmask edgepose", _START
