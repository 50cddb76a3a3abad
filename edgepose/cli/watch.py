"""`edgepose watch`: what the devices at a broker publish, on any machine.

Owns the arguments, and where they come from if they are not given; what is shown belongs to
`edgepose.terminal`. Runs on the main thread; raises UserError for what a person can mend.
"""

import argparse
import asyncio
import contextlib
import math
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from edgepose.cli import CONFIG
from edgepose.errors import EX_SOFTWARE, EX_USAGE, UserError
from edgepose.terminal.arrival import KINDS, Kind

if TYPE_CHECKING:
    from edgepose.config.model import Mqtt
    from edgepose.terminal.server import Server

_TLS_PORT: Final = 8883
_CHECKED: Final = ("host", "port", "base", "username")
_FILES: Final = ("password_file", "cafile", "certfile", "keyfile")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument("device", metavar="DEVICE", nargs="?", help="show this one alone")
    parser.add_argument("--json", action="store_true", help="a JSON object a line, for pipes")
    parser.add_argument(
        "--only",
        type=_kinds,
        metavar="KINDS",
        help=f"with --json: some of {','.join(KINDS)}",
    )
    parser.add_argument("--record", type=Path, metavar="FILE", help="keep the landmark stream")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="show what was recorded")
    parser.add_argument(
        "--speed", type=_speed, metavar="N", help="with --replay: so many times as fast"
    )
    broker = parser.add_argument_group(
        "the broker",
        "Without --host it is the one that the config file names, where there is such a file,"
        " else one on this machine. What is given here comes before what is in the file.",
    )
    broker.add_argument(
        "--config", type=Path, metavar="FILE", help=f"(default, without --host: {CONFIG})"
    )
    broker.add_argument("--host", metavar="NAME", help="where the broker runs")
    broker.add_argument(
        "--port", type=int, metavar="N", help=f"(default: 1883, with TLS {_TLS_PORT})"
    )
    broker.add_argument("--base", metavar="TOPIC", help="what all topics begin with")
    broker.add_argument("--username", metavar="NAME", help="the name to log in with")
    broker.add_argument(
        "--password-file", type=Path, metavar="FILE", help="its first line is the password"
    )
    broker.add_argument("--tls", action="store_true", help="encrypt, and check the broker's name")
    broker.add_argument(
        "--cafile", type=Path, metavar="FILE", help="who may vouch for the broker; means --tls"
    )
    broker.add_argument(
        "--certfile", type=Path, metavar="FILE", help="our own certificate; means --tls"
    )
    broker.add_argument("--keyfile", type=Path, metavar="FILE", help="its private key")


def run(arguments: argparse.Namespace) -> int:
    """Show it to the end; the exit status."""
    if wrong := _does_not_fit(arguments):
        raise UserError(wrong, EX_USAGE)
    from edgepose.terminal import watch

    wish = watch.Wish(
        server=_server(arguments),
        device=arguments.device,
        json=arguments.json,
        only=frozenset(arguments.only or KINDS),
        record=arguments.record,
        replay=arguments.replay,
        speed=arguments.speed,
    )
    try:
        return asyncio.run(watch.run(wish))
    except (UserError, BrokenPipeError):
        raise
    except Exception as error:  # a defect of ours: said in one line
        message = f"unexpected {type(error).__name__}: {error}"
        raise UserError(message, EX_SOFTWARE) from error


def _kinds(text: str) -> list[Kind]:
    found = [each for each in KINDS if each in text.split(",")]
    if len(found) != len(text.split(",")):
        raise argparse.ArgumentTypeError(f"{text!r}: allowed is some of {','.join(KINDS)}")
    return found


def _speed(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (speed := float(text)) < math.inf:
            return speed
    raise argparse.ArgumentTypeError(f"{text!r}: allowed is a number above 0")


def _does_not_fit(arguments: argparse.Namespace) -> str | None:
    """What is wrong between the arguments."""
    device = arguments.device
    if device is not None and (not device or set(device) & set("/+#\0")):
        return f"{device!r}: a device is one level of a topic, without / + and #"
    given = {name for name, value in vars(arguments).items() if value not in (None, False)}
    broker = {"config", "host", "tls", *_CHECKED, *_FILES}
    if "replay" in given and (clash := sorted(given & {"record", *broker})):
        return f"--{_dashed(clash[0])} does nothing with --replay, which needs no broker"
    for name, other in (("only", "json"), ("speed", "replay"), ("password_file", "username")):
        if name in given and other not in given:
            return f"--{_dashed(name)} needs --{other}"
    for name, other in (("certfile", "keyfile"), ("keyfile", "certfile")):
        if name in given and other not in given:
            return f"--{name} needs --{other}"
    return None


def _server(arguments: argparse.Namespace) -> "Server":
    """The broker: what the options say, over what the config file says."""
    from edgepose.config.model import Mqtt
    from edgepose.terminal.server import Server

    file = arguments.config
    if file is None and arguments.host is None and os.access(CONFIG, os.R_OK):
        file = CONFIG
    mqtt = Mqtt()
    if file is not None and arguments.replay is None:
        from edgepose.config.load import load

        mqtt = load(file).mqtt
    given = {name: value for name in _CHECKED if (value := getattr(arguments, name)) is not None}
    _check(given)
    files = {name: getattr(arguments, name) for name in _FILES}
    by_options = file is None or arguments.tls or any(files.values())
    tls = mqtt.tls or arguments.tls or any(files[name] for name in _FILES[1:])
    if file is None and tls:
        given.setdefault("port", _TLS_PORT)
    kept = _files_of(mqtt, file, arguments)
    return Server(
        **{
            **{name: getattr(mqtt, name) for name in (*_CHECKED, "version")},
            **given,
            **{name: files[name] or kept.get(name) for name in _FILES},
        },
        tls=tls,
        options=by_options,
    )


def _files_of(
    mqtt: "Mqtt", file: Path | None, arguments: argparse.Namespace
) -> dict[str, Path | None]:
    """The files that the config names, from its folder; those that still belong to the rest."""
    names = set(_FILES)
    if arguments.username is not None:
        names.remove("password_file")
    if arguments.certfile is not None:
        names -= {"certfile", "keyfile"}
    folder = Path() if file is None else file.parent
    texts = {name: getattr(mqtt, name) for name in names}
    return {name: text and folder / Path(text).expanduser() for name, text in texts.items()}


def _check(given: dict[str, Any]) -> None:
    """Hold options against the declarations of the config's keys of the same names."""
    from pydantic import ValidationError

    from edgepose.config.model import Mqtt
    from edgepose.config.words import allowed, short

    try:
        Mqtt.model_validate(given)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        field = Mqtt.model_fields[name]
        words = allowed(field.annotation, field.metadata).removeprefix("null or ")
        message = f"--{name} {short(str(given[name]))!r}: allowed is {words}"
        raise UserError(message, EX_USAGE) from None


def _dashed(name: str) -> str:
    return name.replace("_", "-")
