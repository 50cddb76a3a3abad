"""Whether an MQTT broker takes us: `python3 broker.py HOST PORT [USER [PASSWORD_FILE]]`.

The installer asks before anything is installed, so this is standard library only, and no more of
MQTT than CONNECT, CONNACK and DISCONNECT. It tries MQTT 5, then 3.1.1. Exit status 0 where the
broker takes us, else 69 and one line on stderr: what is wrong, what to do.
"""

import socket
import struct
import sys
from pathlib import Path
from typing import Final

LIMIT_S: Final = 5.0
EX_UNAVAILABLE: Final = 69
CLEAN: Final = 0x02
"""Flag of CONNECT: leave no session behind."""
BAD_VERSION: Final = frozenset({0x01, 0x84})
BAD_LOGIN: Final = frozenset({0x04, 0x05, 0x86, 0x87})
"""Reason codes of CONNACK in both versions: bad user name or password, not authorised."""
ELSEWHERE: Final = "give another with --broker HOST:PORT, or leave it for later with --no-start"


class Refused(Exception):
    """The broker does not take us, or there is none."""


def _text(text: str) -> bytes:
    data = text.encode()
    return struct.pack("!H", len(data)) + data


def connect_packet(version: int, user: str | None, password: str | None) -> bytes:
    """The CONNECT of MQTT 5 (`version` 5) or 3.1.1 (4): OASIS standards, section 3.1."""
    flags = CLEAN | (0x80 if user is not None else 0) | (0x40 if password is not None else 0)
    body = _text("MQTT") + struct.pack("!BBH", version, flags, 10)
    # No properties.
    body += b"\0" if version == 5 else b""
    body += _text("edgepose-install")
    body += b"".join(_text(each) for each in (user, password) if each is not None)
    length, count = b"", len(body)
    while True:
        count, digit = divmod(count, 128)
        length += bytes([digit | (0x80 if count else 0)])
        if not count:
            return b"\x10" + length + body


def reason(host: str, port: int, packet: bytes, goodbye: bytes) -> int | None:
    """The reason code of the CONNACK; None where the broker hangs up before it."""
    try:
        with socket.create_connection((host, port), LIMIT_S) as broker:
            broker.settimeout(LIMIT_S)
            broker.sendall(packet)
            answer = b""
            while len(answer) < 4:
                more = broker.recv(64)
                if not more:
                    return None
                answer += more
            if answer[0] == 0x20 and answer[3] == 0:
                broker.sendall(goodbye)
    except (ConnectionResetError, BrokenPipeError):
        return None
    except TimeoutError:
        raise Refused(f"does not answer in {LIMIT_S:.0f} s: is it running? {ELSEWHERE}") from None
    except socket.gaierror:
        raise Refused(f"there is no such host: {ELSEWHERE}") from None
    except ConnectionRefusedError:
        raise Refused(f"nothing listens there: start the broker, or {ELSEWHERE}") from None
    except (OSError, UnicodeError) as error:
        raise Refused(f"cannot be reached, {error}: {ELSEWHERE}") from None
    if answer[0] != 0x20:
        raise Refused(f"what answers there does not speak MQTT: {ELSEWHERE}")
    return answer[3]


def check(host: str, port: int, user: str | None, password: str | None) -> None:
    """Connect once and say goodbye. Raises Refused with the reason and the remedy."""
    code: int | None = None
    for version in (5, 4):
        goodbye = b"\xe0\x00"
        code = reason(host, port, connect_packet(version, user, password), goodbye)
        if code is not None and code not in BAD_VERSION:
            break
    if code is None:
        raise Refused(f"hangs up without an answer: {ELSEWHERE}")
    if code in BAD_LOGIN and user is None:
        raise Refused("it wants a user: give --user NAME and --password-file FILE")
    if code in BAD_LOGIN:
        given = "with this password" if password is not None else "without a password"
        raise Refused(f"it refuses the user {user} {given}: mend --user or --password-file")
    if code:
        raise Refused(f"it refuses us with reason code {code:#04x}: {ELSEWHERE}")


def main(host: str, port: str, user: str = "", file: str = "") -> int:
    """Answer by the exit status."""
    password = Path(file).read_text("utf-8").splitlines()[0] if file else None
    try:
        check(host, int(port), user or None, password)
    except Refused as error:
        print(f"the broker {host}:{port}: {error}", file=sys.stderr)
        return EX_UNAVAILABLE
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
