"""What to do about a broker that does not take us, by the cause.

Owns the advice; the causes are told by `mqtt/session.py` and `mqtt/tls.py`, in words. Looks at the
file system. Runs on any thread. Raises nothing.
"""

import shlex
import shutil
import socket
from pathlib import Path
from typing import Final

from edgepose.doctor import misplaced
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure
from edgepose.doctor.typed import nano
from edgepose.mqtt.settings import Failure, SessionError, Settings

_REFUSES: Final = "refuses us: "
_BY_NAME: Final = ("authorized", "user name", "password")
"""In what a broker says that does not like who we are."""
_ADVICE: Final = (
    (
        "the clock of this machine",
        ("timedatectl   (shows whether the clock is set)", "sudo timedatectl set-ntp true"),
    ),
    (
        "certificate is not accepted: Hostname",
        ("mqtt.host must be the name that is in the broker's certificate:",),
    ),
    (
        "certificate is not accepted: IP address",
        ("mqtt.host must be the name that is in the broker's certificate:",),
    ),
    (
        "certificate is not accepted",
        (
            "mqtt.cafile must name the certificate of who has signed the broker's; whoever runs the"
            " broker has it. Is the clock right (timedatectl)?",
        ),
    ),
    (
        "wants a certificate",
        (
            "Whoever runs the broker makes one for this device. Name its files in mqtt.certfile and"
            " mqtt.keyfile:",
        ),
    ),
    (
        "this device's certificate",
        (
            "Does mqtt.certfile hold the one that this broker's owner has made, and has it not"
            " expired?",
        ),
    ),
    (
        "not speak MQTT",
        (
            "Something else answers there. Brokers mostly listen on port 1883, with TLS on 8883."
            " Mend mqtt.host or mqtt.port:",
        ),
    ),
    (
        "did not answer",
        (
            "Is this the port of a broker (mostly 1883)? Where it wants TLS: mqtt.tls: true and its"
            " port (mostly 8883). Else the broker may hang: start it again.",
        ),
    ),
    (
        "closed the connection",
        (
            "Where the port wants TLS: mqtt.tls: true. Is mqtt.port the one for MQTT (mostly 1883),"
            " and not that for websockets? Else the broker's log tells why.",
        ),
    ),
    (
        "TLS",
        (
            "Set mqtt.port to the port that speaks TLS (mostly 8883), or mqtt.tls: false if none is"
            " wanted:",
        ),
    ),
)
"""What to try, by the words of the cause; the first that fits counts."""


def told(case: Case, settings: Settings, error: SessionError) -> Finding:
    """The finding."""
    said, where = str(error), settings.broker
    if said.startswith(_REFUSES):
        return _refused(case, settings, said.removeprefix(_REFUSES))
    advice = next((todo for words, todo in _ADVICE if words in said), None)
    if advice is None and error.failure is Failure.UNREACHABLE:
        todo = _unreachable(settings, error)
        return failure("broker", f"{where} cannot be reached: {said}", *todo, *_mend(case))
    joint = ": " if said.startswith(("its ", "TLS: ")) else " "
    mend = _mend(case)
    return failure("broker", f"{where}{joint}{said}", *(advice or ()), *mend)


def _refused(case: Case, settings: Settings, why: str) -> Finding:
    """It has told that it does not want us."""
    name, where = settings.username, settings.broker
    if not any(words in why for words in _BY_NAME):
        return failure("broker", f"{where} {_REFUSES}{why}", *_log(settings), *_mend(case))
    if name is None:
        return failure(
            "broker",
            f"{where} takes nobody without a name ({why})",
            "Set mqtt.username and mqtt.password_file:",
            *_mend(case),
        )
    secret, anew = _secret(case)
    if settings.password is None or secret is None:
        return failure(
            "broker",
            f"{where} refuses the name {name} without a password ({why})",
            "Write the password into a file, and set mqtt.password_file to its path:",
            *_mend(case),
        )
    return failure(
        "broker",
        f"{where} refuses the name {name} with the password of {secret} ({why}). Is the password "
        "right?",
        nano(case, secret),
        "Or is the name another one (mqtt.username)?",
        *_mend(case),
        *anew,
    )


def _secret(case: Case) -> tuple[Path | None, tuple[str, ...]]:
    """The file with the password, and what brings it in force; of what is saved in a file that the
    configuration names, edgepose hears by itself."""
    named = None if case.config is None else case.config.mqtt.password_file
    if named is not None:
        return case.folder / Path(named).expanduser(), ()
    unit = case.unit
    if unit is None or unit.password is None:
        return None, ()
    # systemd reads it when the service starts.
    return unit.password, ("sudo systemctl restart edgepose   (takes the password anew)",)


def _unreachable(settings: Settings, error: SessionError) -> list[str]:
    host, cause = settings.host, _root(error)
    if _here(host) and isinstance(cause, ConnectionRefusedError):
        installed = shutil.which(
            "mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
        )
        start = "sudo systemctl start mosquitto"
        other = "Or name another broker: mqtt.host, mqtt.port."
        return [start if installed else "sudo apt install mosquitto   (a broker)", other]
    if isinstance(cause, socket.gaierror):
        look = f"getent hosts {shlex.quote(host)}   (shows whether the name is known)"
        return [look, "Is the network up, and mqtt.host spelled right? An IP address does, too."]
    if isinstance(cause, ConnectionRefusedError):
        return ["Does the broker run there, and on this port? Else mend mqtt.host or mqtt.port:"]
    return [
        f"ping -c 3 {shlex.quote(host)}   (shows whether it is on the network)",
        "Is it switched on, and does its firewall let us in? Else mend mqtt.host or mqtt.port:",
    ]


def _here(host: str) -> bool:
    return host.lower() in ("localhost", "::1") or host.startswith("127.")


def _root(error: BaseException) -> BaseException:
    while error.__cause__ is not None:
        error = error.__cause__
    return error


def _log(settings: Settings) -> tuple[str, ...]:
    if _here(settings.host):
        return ("sudo journalctl -u mosquitto -n 20   (may tell more)",)
    return ("The log of the broker tells more.",)


def _mend(case: Case) -> list[str]:
    """Where the keys stand, to be put behind what says which."""
    if case.file is not None:
        return [nano(case, case.file)]
    if misplaced.MINE.exists():
        again = "Mend it there, and ask again with its name:"
        return [nano(case, misplaced.MINE), again, f"edgepose doctor {misplaced.MINE}"]
    return [*misplaced.new(), "Mend it there, and ask again with its name."]
