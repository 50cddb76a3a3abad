"""What the live page needs to know of the config. Pure."""

from dataclasses import dataclass
from pathlib import Path

Polygons = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Settings:
    """How the page is served: config keys `live.*`.

    `host` and `port` are where to listen, `hosts` other names by which browsers may call it.
    `token_file` is the user's own, None for the one that edgepose makes.
    """

    host: str
    port: int
    hosts: tuple[str, ...] = ()
    require_token: bool = True
    token_file: Path | None = None
    camera_picture: bool = False

    @property
    def door(self) -> tuple[str, int, bool, Path | None]:
        """Where it is, and what opens it."""
        return self.host, self.port, self.require_token, self.token_file

    @property
    def where(self) -> str:
        """The address to listen on, for people."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Subject:
    """What is looked at. `mask`: polygons of (x, y) in parts of the picture's width and height,
    origin top left, as the camera's picture shows them: `mirror` is for the landmarks alone."""

    device: str
    name: str
    mirror: bool = False
    mask: Polygons = ()
