"""A config with all that follows from it worked out, before anything of it is in force.

Reads the config and the files that it names. Runs on any thread. Raises `Refused`.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from typing import TypeVar

from edgepose import translate
from edgepose.config.device import Identity, identify
from edgepose.config.keys import keys
from edgepose.config.load import parse
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError, Problem
from edgepose.config.text import read_bytes
from edgepose.config.where import problem_at
from edgepose.errors import EX_CONFIG, UserError
from edgepose.live.settings import Settings as LiveSettings
from edgepose.messages.control import Configure
from edgepose.models.resolve import Resolved
from edgepose.mqtt.settings import Settings
from edgepose.mqtt.topics import Topics
from edgepose.service.stream import Stream

T = TypeVar("T")


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
    live: LiveSettings | None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the file, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    def configure(self, engine: str) -> Configure:
        """What the vision process is to do, with this engine."""
        return translate.vision(self.config, engine, self.model.path, self.file.parent, 0)

    def stream(self) -> Stream | None:
        """The stream that is to be read for it, where there is one."""
        return translate.stream(self.config, self.file.parent)


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
    # The name's folder, wherever a link in it leads: to another folder after each exchange of it.
    named, device = file.absolute(), identify(config.device)
    problems: list[Problem] = []
    codes: set[int] = set()

    def held(key: str, work: Callable[[], T]) -> T | None:
        try:
            return work()
        except UserError as error:
            codes.add(error.exit_code)
            # Of several files that a part needs, the error says which.
            named = str(error).partition(": ")[0]
            key = named if named in (each.name for each in keys()) else key
            message = str(error).removeprefix(f"{key}: ")
            if (problem := problem_at(data, file, key, message)) not in problems:
                problems.append(problem)
            return None

    model = held("detection.model", lambda: translate.bundle(config, named.parent))
    broker = held("mqtt.password_file", lambda: translate.broker(config, device.id, named.parent))
    if broker is None:
        # It stops at the first of its files; all of them are told.
        for name in translate.TLS_FILES:
            held(f"mqtt.{name}", partial(translate.tls_file, config, name, named.parent))
        held("mqtt.cafile", lambda: translate.tls(config, named.parent))
    held("camera.uri", lambda: translate.vision(config, "litert", named, named.parent, 0))
    live = held("live.token_file", lambda: translate.live(config, named.parent))
    if model is None or broker is None or problems:
        # Where the file itself is wrong, nothing else that comes right can help.
        code = EX_CONFIG if EX_CONFIG in codes else codes.pop()
        raise Refused(problems, digest, code)
    topics = Topics(config.mqtt.base, device.id, config.home_assistant.prefix)
    return Candidate(named, data, config, device, topics, model, broker, live)
