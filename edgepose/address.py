"""The address of a network camera, and what of it may be shown.

Cameras take passwords before the host, in the path and behind a `?`, so nothing of an address but
scheme, host and port is ever shown: `***` stands for the rest. Owns what is an address and its form
for people; who reads from it is elsewhere. Pure. Raises nothing.
"""

import re
from typing import Final
from urllib.parse import unquote, urlsplit

SCHEMES: Final = ("rtsp", "rtsps", "http", "https")
"""What ffmpeg is asked to read."""
MASK: Final = "***"
"""What stands for a secret."""
UNKNOWN: Final = f"nothing is read from there; allowed are a path and {', '.join(SCHEMES)}"
"""What is said of another scheme."""
EXAMPLE: Final = "rtsp://NAME:PASSWORD@HOST/PATH"

# Two letters at least: a scheme, as RFC 3986 writes it.
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_PLACE: Final = re.compile(
    r"(?:\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9_.-]+)?\]|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*\.?)"
    r"(?::[0-9]{1,5})?"
)
# What ends a part of a sentence is not taken for a part of the address.
_IN_TEXT: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S*[^\s:;,.)'\"`]")
_NAKED: Final = re.compile(r"(?=.*@)(?=.*:)|.*[?&]\w+=|[0-9]+(?:\.[0-9]+){3}(?:[:/]|$)")
"""How an address begins or what it holds that was written without its scheme."""
_DEVICE: Final = re.compile(r"/dev/(?:video[0-9]+|v4l/.+)")
"""What Linux calls a camera, and udev's lasting names for it."""


def scheme(uri: str) -> str | None:
    """Its scheme in small letters; None where it has none."""
    found = _SCHEME.match(uri)
    return None if found is None else found[1].lower()


def is_network(uri: str) -> bool:
    """Whether a camera on the network is meant."""
    return scheme(uri) in SCHEMES


def is_device(uri: str) -> bool:
    """Whether a camera of this machine is meant, by its name in /dev."""
    return _DEVICE.fullmatch(uri) is not None


def shown(uri: str) -> str:
    """What anybody may see of it. A path is shown whole, and so is what was shown before."""
    named = scheme(uri)
    if named == "file":
        return uri
    if named is None:
        return MASK if _lacks_scheme(uri) else uri
    start = uri[: len(named)]
    try:
        address = urlsplit(uri)
    except ValueError:
        return f"{start}:{MASK}"
    who, at, place = address.netloc.rpartition("@")
    behind = uri.partition("://")[2][len(address.netloc) :]
    # An @ behind the host was meant to stand before it: a password with a / in it.
    if not _PLACE.fullmatch(place) or "@" in behind:
        return f"{start}:{MASK}"
    rest = behind if behind in ("", "/") else f"/{MASK}"
    return f"{start}://{MASK if who or at else ''}{at}{place}{rest}"


def veiled(text: str) -> str:
    """A text in which each address is as it may be shown. `EXAMPLE`, which tells people the form,
    is nobody's and stays."""
    return _IN_TEXT.sub(lambda found: found[0] if found[0] == EXAMPLE else shown(found[0]), text)


def host(uri: str) -> str:
    """The host of a network address whose form is good."""
    return urlsplit(uri).hostname or ""


def names_somebody(uri: str) -> bool:
    """Whether there is a name, and maybe a password, before the host."""
    return "@" in urlsplit(uri).netloc


def secrets(uri: str) -> frozenset[str]:
    """Every part of a network address that must not be shown, as it is written and as it is
    meant."""
    address = urlsplit(uri)
    who = address.netloc.rpartition("@")[0]
    name, _, password = who.partition(":")
    words = {who, name, password, address.path, address.query, address.fragment}
    words |= {word for pair in address.query.split("&") for word in pair.split("=")[1:]}
    words |= {*address.path.split("/")}
    return frozenset(filter(None, words | {unquote(word) for word in words})) - {"/"}


def wrong(uri: str) -> str | None:
    """What is wrong with the form of a network address, going on from it and without a word of it;
    None where it is good, and for a path."""
    if _lacks_scheme(uri):
        return f"looks like an address without its scheme: it is written {EXAMPLE}, or ./FILE"
    if not is_network(uri):
        return None
    if any(character.isspace() for character in uri):
        return "holds a space: write %20 for it"
    try:
        address = urlsplit(uri)
        if "@" in uri.partition("://")[2][len(address.netloc) :]:
            return "has an @ behind its host: in a name or password, write %2F for / and %40 for @"
        good = "://" in uri and address.port != 0
    except ValueError:
        good = False
    if not good or not _PLACE.fullmatch(address.netloc.rpartition("@")[2]):
        return f"is no address whose host and port can be read: it is written {EXAMPLE}"
    return None


def _lacks_scheme(uri: str) -> bool:
    """Whether it is more likely an address, which may hold a password, than a path."""
    if uri.startswith("//"):
        return "@" in uri
    is_path = uri.startswith(("/", "./", "../", "~"))
    return scheme(uri) is None and not is_path and _NAKED.match(uri) is not None
