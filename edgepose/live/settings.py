"""What the live page needs to know of the config. Pure."""

from dataclasses import dataclass
from pathlib import Path

Polygons = tuple[tuple[tuple[float, float], ...], ...]


@dataclass(frozen=True, slots=True)
class Hello:
    """What a viewer is told first. `mask`: polygons of (x, y) in parts of the picture's width and
    height, origin top left, of the picture as it is: `mirror` is for the landmarks alone."""

    device: str
    name: str
    mirror: bool = False
    mask: Polygons = ()
    camera_picture: bool = False


@dataclass(frozen=True, slots=True)
class Settings:
    """How the page is served: config keys `live.*`.

    `host` and `port` are where to listen, `hosts` other names by which browsers may call it.
    `token_file` is the user's own, None for the one that edgepose makes.
    """

    host: str
    port: int
    hello: Hello
    hosts: tuple[str, ...] = ()
    require_token: bool = True
    token_file: Path | None = None
