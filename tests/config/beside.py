"""Which keys a rule wants beside another one."""

from typing import Final

BESIDE: Final[dict[str, dict[str, object]]] = {
    "mqtt.password_file": {"username": "hallway"},
    "mqtt.cafile": {"tls": True},
    "mqtt.certfile": {"tls": True},
    "mqtt.keyfile": {"tls": True, "certfile": "/etc/edgepose/device.crt"},
}


def lines(name: str) -> str:
    """The lines that a file needs above the key's own, in its section."""
    shown = ((key, "true" if value is True else value) for key, value in beside(name).items())
    return "".join(f"  {key}: {value}\n" for key, value in shown)


def beside(name: str) -> dict[str, object]:
    """The keys of the same section that must be set, too."""
    return BESIDE.get(name, {})
