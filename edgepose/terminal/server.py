"""Where `edgepose watch` finds its broker, and what it needs to be let in.

Reads the files that are named; runs on the main thread. Raises UserError where one is no good.
"""

import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from edgepose.errors import UserError
from edgepose.mqtt.settings import Settings, read_password
from edgepose.mqtt.tls import read_tls
from edgepose.terminal.report import printable


@dataclass(frozen=True, slots=True)
class Server:
    """A broker, and the base of edgepose's topics there. The names are those of the config.

    `options`: whether this was said by options, so that words about it name those.
    """

    host: str = "localhost"
    port: int = 1883
    base: str = "edgepose"
    version: Literal["auto", "5", "3.1.1"] = "auto"
    username: str | None = None
    password_file: Path | None = None
    tls: bool = False
    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    options: bool = False

    def settings(self) -> Settings:
        """The same with what is in the files."""
        try:
            return Settings(
                host=self.host,
                port=self.port,
                # A name of its own for each watcher: two of one name throw each other out.
                client_id=f"edgepose-watch-{uuid.uuid4().hex[:8]}",
                version=self.version,
                username=self.username,
                password=None if self.password_file is None else read_password(self.password_file),
                tls=read_tls(self.cafile, self.certfile, self.keyfile) if self.tls else None,
            )
        except UserError as error:
            raise UserError(self.words(str(error)), error.exit_code) from None

    def words(self, text: str) -> str:
        """A sentence about the connection with the names of the options in it, where those were
        used."""
        if self.options:
            for name in ("password_file", "cafile", "certfile", "keyfile"):
                text = text.replace(f"mqtt.{name}", f"--{name.replace('_', '-')}")
        return printable(text)
