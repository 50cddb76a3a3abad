"""A config with all that follows from it worked out, before anything of it is in force.

Reads the config and the files that it names. Runs on any thread. Raises `Refused`.
"""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from edgepose import translate
from edgepose.config.device import Identity, identify
from edgepose.config.load import parse
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError, Problem
from edgepose.config.text import read_bytes
from edgepose.errors import EX_CONFIG, UserError
from edgepose.messages.control import Configure
from edgepose.models.resolve import Resolved
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics


class Refused(ConfigError):
    """A file that cannot be put in force. `digest` is its content's, None where it has none."""

    def __init__(
        self, problems: list[Problem], digest: str | None, exit_code: int = EX_CONFIG
    ) -> None:
        super().__init__(problems)
        self.digest = digest
        self.exit_code = exit_code


@dataclass(frozen=True)
class Candidate:
    """A config that is good as far as anybody can tell without running it.

    `data` is the file as it was read from `file`.
    """

    file: Path
    data: bytes
    config: Config
    device: Identity
    topics: Topics
    model: Resolved
    broker: Settings

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    def configure(self, engine: str) -> Configure:
        """What the vision process is to do, with this engine."""
        return translate.vision(self.config, engine, self.model.path, self.file.parent, 0)


def read(file: Path) -> Candidate:
    """The candidate that the file holds now. Raises `Refused`."""
    try:
        data = read_bytes(file)
    except ConfigError as error:
        raise Refused(list(error.problems), None) from None
    return build(file, data)


def build(file: Path, data: bytes) -> Candidate:
    """The candidate of a file with this content. Raises `Refused`."""
    digest = hashlib.sha256(data).hexdigest()
    try:
        config = parse(data, file)
    except ConfigError as error:
        raise Refused(list(error.problems), digest) from None
    folder = file.resolve().parent
    try:
        device = identify(config.device)
        model = translate.bundle(config, folder)
        broker = translate.broker(config, device.id, folder)
        # Also for the paths in it.
        translate.vision(config, "litert", model.path, folder, 0)
    except UserError as error:
        problem = Problem(str(file), None, None, None, str(error))
        raise Refused([problem], digest, error.exit_code) from None
    topics = Topics(config.mqtt.base, device.id)
    return Candidate(file.resolve(), data, config, device, topics, model, broker)
