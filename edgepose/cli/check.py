"""`edgepose check [FILE]`: is this configuration good, and what would a reload of it change.

Loads nothing but the configuration, so that it answers at once and on any machine.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from edgepose.address import shown
from edgepose.cli import CONFIG, add_file
from edgepose.config.access import closed, known, oneself
from edgepose.config.declare import Cost
from edgepose.config.device import identify
from edgepose.config.load import parse
from edgepose.config.model import Camera, Config
from edgepose.config.problem import ConfigError, printable
from edgepose.config.running import Running, read
from edgepose.config.text import read_bytes
from edgepose.config.where import problem_at
from edgepose.errors import EX_CONFIG, UserError

SERVICE: Final = "edgepose"
"""The user that the service runs as."""
_NOBODY: Final = (
    "no edgepose runs as a service; one that you run by hand cannot be asked what would change"
)
_COSTS: Final = {
    Cost.LIVE: "at once",
    Cost.REBUILD_VISION: "camera and engine start anew",
    Cost.RECONNECT: "the connection to the broker is made anew",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of this sub-command."""
    add_file(parser, "check")


def run(arguments: argparse.Namespace) -> int:
    """Print every problem to stderr and return 78, or say what the file means and return 0."""
    file: Path = arguments.file
    running, unknown = find_running()
    if running and (old := running.old_because()):
        print(printable(f"edgepose runs with an OLD CONFIG: {old}"), file=sys.stderr, flush=True)
    try:
        data = read_bytes(file)
        config = parse(data, file)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    wrong = (
        _closed_to_service(file, running)
        or _not_for(running, file)
        or _no_tls(file, data, config)
        or _no_film(file, data, config, running)
    )
    if wrong:
        print(wrong, file=sys.stderr)
        return EX_CONFIG
    camera, mqtt = config.camera, config.mqtt
    print(f"{file}: ok")
    print(f"device {identify(config.device).id}, pictures from {_pictures(camera)}, ", end="")
    print(f"broker {mqtt.host}:{mqtt.port}")
    for line in _reload(file, config, running) if running else [unknown]:
        print(printable(line))
    return 0


def find_running() -> tuple[Running | None, str]:
    """The edgepose that runs here, or None and what to say instead of what it would change."""
    try:
        return read(), _NOBODY
    except UserError as error:
        return None, f"whether edgepose runs here is not known: {error}"


def _reload(file: Path, config: Config, running: Running) -> list[str]:
    if _same(file, running.file):
        told = "a reload would change"
    else:
        told = f"edgepose runs with another file, {running.file}; this one would change"
    changes = running.changes(config)
    if not changes:
        return [f"{told} nothing"]
    return [f"{told}:", *(f"  {each} ({each.cost}: {_COSTS[each.cost]})" for each in changes)]


def _closed_to_service(file: Path, running: Running | None) -> str | None:
    """Say why the service may not read its file, where this user is one who may."""
    service = known(SERVICE)
    if service is None or not _same(file, running.file if running else CONFIG):
        return None
    wrong = closed(file, service)
    return None if wrong is None else f"{file}: {wrong}"


def _not_for(running: Running | None, file: Path) -> str | None:
    """Say what is wrong with the files that the running edgepose's file names.

    Only it can tell, and root: nobody else may have to read the password.
    """
    if running is None or not _same(file, running.file):
        return None
    if os.geteuid() not in (0, running.user):
        return None
    from edgepose.reload import candidate

    try:
        candidate.read(file)
    except candidate.Refused as error:
        return str(error)
    return None


def _no_tls(file: Path, data: bytes, config: Config) -> str | None:
    """Say what is wrong with the certificates, where they are here for this user to read."""
    mqtt = config.mqtt
    names = (mqtt.cafile, mqtt.certfile, mqtt.keyfile)
    try:
        paths = [None if name is None else file.parent / Path(name).expanduser() for name in names]
    except RuntimeError:
        # There is no such user here.
        return None
    if not mqtt.tls or not all(path is None or os.access(path, os.R_OK) for path in paths):
        return None
    from edgepose.mqtt.tls import read_tls

    try:
        read_tls(*paths)
    except UserError as error:
        return _at(file, data, str(error))
    return None


def _no_film(file: Path, data: bytes, config: Config, running: Running | None) -> str | None:
    """Say what is wrong with the film that `camera.uri` names, for who would show it."""
    if config.camera.source != "uri":
        return None
    from edgepose.doctor import film

    service = known(SERVICE) if _same(file, running.file if running else CONFIG) else None
    wrong = film.wrong(config, file.absolute().parent, service or oneself())
    return None if wrong is None else _at(file, data, wrong)


def _at(file: Path, data: bytes, wrong: str) -> str:
    """With the line of the key that it begins with."""
    key, _, message = wrong.partition(": ")
    return str(problem_at(data, file, key, message))


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _pictures(camera: Camera) -> str:
    uri = shown(camera.uri or "")
    which = {"actor": camera.scene, "uri": uri, "picamera2": f"camera {camera.camera}"}
    return f"{camera.source} ({which[camera.source]})"
