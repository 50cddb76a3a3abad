"""The record of the edgepose that runs on this machine: its file, and its report on the config.

The daemon writes it at each outcome of a reload, into its runtime directory; `edgepose check`
reads it, as any user. Owns the record's form. Runs on any thread, one writer at a time. What it
raises is said at each function.
"""

import contextlib
import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgepose.config.keys import keys
from edgepose.config.model import Config
from edgepose.config.plan import Change, masked, values
from edgepose.errors import UserError

_NAME = "config.json"
_MOST = 1024 * 1024
"""Bytes; a report is some thousand."""
_DIGITS = 4
# One for each process: records of many salts would tell more of a secret than one does.
_SALT = os.urandom(8).hex()


@dataclass(frozen=True, slots=True)
class Running:
    """An edgepose that runs: its process, the config file that it reads, what it last said of it.

    `report` is what it publishes as `/config`.
    """

    pid: int
    file: Path
    report: Mapping[str, Any]
    secrets: Mapping[str, Any]

    @property
    def user(self) -> int | None:
        """The number of the user that it runs as; None where it has just ended."""
        try:
            return Path(f"/proc/{self.pid}").stat().st_uid
        except OSError:
            return None

    def changes(self, new: Config) -> list[Change]:
        """What differs between what runs and `new`, in the order of the declarations.

        Lists stand for tuples in the old values. A secret that changed is told with its mask.
        """
        after, shown, before = values(new), masked(new), self.report["config"]
        changes = []
        for key in keys():
            old, now = _at(before, key.path, key.default), _at(shown, key.path, None)
            # Of a secret the masks are the same, whatever it is.
            hidden = key.secret and old is not None
            same = not hidden or self._same_secret(key.name, after[key.name])
            if old != now or not same:
                changes.append(
                    Change(key.name, key.shown(old), key.shown(after[key.name]), key.cost)
                )
        return changes

    def old_because(self) -> str | None:
        """Why another config runs than the file's; None where the file's runs."""
        report = self.report
        last, errors = report["last"], report["last"]["errors"]
        if last["result"] == "accepted" and report["running"] == report["on_disk"]:
            return None
        if not errors:
            if report["on_disk"] is None:
                return f"{self.file} could not be read when it was last looked at"
            return f"{self.file} held another one when it was last looked at"
        first, more = errors[0], len(errors) - 1 + int(last.get("more_errors", 0))
        line, key = first.get("line"), first.get("key")
        place = [f"line {line}"] if line is not None else []
        place += [str(key)] if key is not None else []
        rest = f" (and {more} more)" if more else ""
        return f"{': '.join([*place, str(first.get('message', 'unknown'))])}{rest}"

    def _same_secret(self, name: str, new: object) -> bool:
        salt, _, digest = str(self.secrets.get(name, "")).partition("-")
        return digest == _digest(salt, new)


def write(folder: Path, file: Path, config: Config, report: Mapping[str, object]) -> None:
    """Record that this process runs `config`, read from `file`; everybody may read the record.

    It takes the old one's place at once. Raises OSError where the folder cannot be written.
    """
    pid, salt = os.getpid(), _SALT
    held = values(config)
    record = {
        "pid": pid,
        "started": _started(pid),
        "file": str(file.absolute()),
        "report": report,
        "secrets": {k.name: f"{salt}-{_digest(salt, held[k.name])}" for k in keys() if k.secret},
    }
    place = folder / f".{_NAME}.new"
    place.unlink(missing_ok=True)
    try:
        with place.open("x", encoding="utf-8") as made:
            # Whatever the umask is: the service's lets nobody else read.
            os.fchmod(made.fileno(), 0o644)
            json.dump(record, made)
        place.replace(folder / _NAME)
    except OSError:
        # A full disk has room again for others.
        with contextlib.suppress(OSError):
            place.unlink()
        raise


def remove(folder: Path) -> None:
    """Take the record away, as the daemon does at its end. Raises OSError."""
    (folder / _NAME).unlink(missing_ok=True)


def read(folder: Path | None = None) -> Running | None:
    """What runs here; None where there is no record, it is damaged, or its process has ended.

    `folder`: the daemon's runtime directory, which is found where None. Raises UserError where
    this user may not read the record.
    """
    path = (runtime_folder() if folder is None else folder) / _NAME
    try:
        with path.open("rb") as file:
            record = json.loads(file.read(_MOST))
    except PermissionError:
        raise UserError(f"{path}: may not be read by this user; try it with sudo") from None
    except (OSError, ValueError, RecursionError):
        return None
    if not _is_whole(record) or _started(record["pid"]) != record["started"]:
        return None
    return Running(record["pid"], Path(record["file"]), record["report"], record["secrets"])


def runtime_folder() -> Path:
    """Where systemd lets the service keep what a restart of the machine may forget."""
    # It names several where the unit has several.
    return Path(os.environ.get("RUNTIME_DIRECTORY", "").partition(":")[0] or "/run/edgepose")


def _started(pid: int) -> int | None:
    """When a process started, in ticks since boot; None where it does not live.

    Two processes of one number differ in it. proc_pid_stat(5), field 22.
    """
    try:
        told = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return None
    # The second field is a name in brackets, with anything in it.
    fields = told.rpartition(b")")[2].split()
    return None if fields[0] in (b"Z", b"X") else int(fields[19])


def _digest(salt: str, secret: object) -> str:
    # Enough to see a change, all but one in 65,536; too little to find a secret by trying.
    told = f"{salt}-{json.dumps(secret, sort_keys=True)}".encode()
    return hashlib.sha256(told).hexdigest()[:_DIGITS]


def _is_whole(record: object) -> bool:
    """Whether all is there, of the type, that is relied on."""
    match record:
        case {
            "pid": int(),
            "started": int(),
            "file": str(),
            "report": {
                "running": str(),
                "on_disk": str() | None,
                "last": {"result": str(), "errors": list(errors)},
                "config": dict(),
            },
            "secrets": dict(),
        }:
            return all(isinstance(each, dict) for each in errors)
    return False


def _at(whole: object, path: tuple[str, ...], default: object) -> object:
    # Another version may lack a key, or have a key where this one has a section.
    for name in path:
        if not isinstance(whole, Mapping) or name not in whole:
            return list(default) if isinstance(default, tuple) else default
        whole = whole[name]
    return whole
