"""`edgepose check [FILE]`: is this configuration good, and what would a reload of it change.

Loads nothing but the configuration, so that it answers at once, and what looks at files where it
names some. Those are looked at on this machine and as this user: what is not there is a mistake, as
it is for `edgepose run`; what this user may not read is told as not looked at.
"""

import argparse
import errno
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.address import shown
from edgepose.cli import CONFIG, add_file
from edgepose.config.access import closed, known, oneself
from edgepose.config.declare import Cost
from edgepose.config.device import identify
from edgepose.config.load import parse
from edgepose.config.model import Camera, Config
from edgepose.config.problem import ConfigError, Problem, printable
from edgepose.config.running import Running, read
from edgepose.config.text import read_bytes
from edgepose.config.where import problem_at
from edgepose.errors import EX_CONFIG, UserError

SERVICE: Final = "edgepose"
"""The user that the service runs as."""
_FORBIDDEN: Final = os.strerror(errno.EACCES)
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
    add_file(parser, "the configuration to check")
    parser.epilog = (
        "The files that it names are looked at on this machine, as this user: one that is not there"
        " is a mistake, one that this user may not read is told."
    )


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
    closed_to_service = _closed_to_service(file, running)
    wrong, unseen = _of_files(file, data, config, running)
    if closed_to_service is not None:
        print(closed_to_service, file=sys.stderr)
    if wrong:
        print(ConfigError(wrong), file=sys.stderr)
    if wrong or closed_to_service is not None:
        return EX_CONFIG
    camera, mqtt = config.camera, config.mqtt
    print(f"{file}: ok")
    print(f"device {identify(config.device).id}, pictures from {_pictures(camera)}, ", end="")
    print(f"broker {mqtt.host}:{mqtt.port}")
    for each in unseen:
        print(f"not looked at, for this user may not read it: {each.key}")
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


def _of_files(
    file: Path, data: bytes, config: Config, running: Running | None
) -> tuple[list[Problem], list[Problem]]:
    """What is wrong with the files that it names, and what this user may not look at.

    Root and the service's own user, asked about the running one's file, can tell of everything.
    Nobody else may have to read the password, and the model bundles of the list are those of an
    installation, which may not be the one that asks.
    """
    found = list(_no_film(file, data, config, running))
    able = running is not None and _same(file, running.file) and _may_all(running)
    if able or _names_files(config):
        # Only who names a file waits for it.
        from edgepose.reload import candidate

        try:
            candidate.build(file, data)
        except candidate.Refused as error:
            found += [each for each in error.problems if each not in found]
    if able:
        return found, []
    if not config.detection.model.endswith(".task"):
        found = [each for each in found if each.key != "detection.model"]
    unseen = [each for each in found if _FORBIDDEN in each.message]
    return [each for each in found if each not in unseen], unseen


def _may_all(running: Running) -> bool:
    return os.geteuid() in (0, running.user)


def _names_files(config: Config) -> bool:
    mqtt, live = config.mqtt, config.live
    return (
        config.detection.model.endswith(".task")
        or mqtt.tls
        or mqtt.password_file is not None
        or (live.enabled and live.token_file is not None)
    )


def _no_film(file: Path, data: bytes, config: Config, running: Running | None) -> Iterator[Problem]:
    """Say what is wrong with the film that `camera.uri` names, for who would show it."""
    if config.camera.source != "uri":
        return
    from edgepose.doctor import film

    service = known(SERVICE) if _same(file, running.file if running else CONFIG) else None
    wrong = film.wrong(config, file.absolute().parent, service or oneself())
    if wrong is not None:
        key, _, message = wrong.partition(": ")
        yield problem_at(data, file, key, message)


def _same(one: Path, other: Path) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _pictures(camera: Camera) -> str:
    uri = shown(camera.uri or "")
    which = {"actor": camera.scene, "uri": uri, "picamera2": f"camera {camera.camera}"}
    return f"{camera.source} ({which[camera.source]})"
