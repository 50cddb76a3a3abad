"""What ffmpeg says of its end, in our words: what is wrong, and what to do.

ffmpeg repeats the address, with the password in it, in what it says. So what is known is put into
words that hold nothing of it, and of what is not known no line is told in which there is a part of
the address that may not be shown. The words of ffmpeg 5.1 and of 7.1 are known. Pure.
"""

import errno
import os
import re
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from edgepose import address
from edgepose.service.child import describe_end
from edgepose.service.engine import shortened
from edgepose.service.stream import ANSWER_S, Stream

ABSENT: Final = "there is no such program"
"""What `edgepose.vision.expendable` says of a program that is not installed."""
_CONTEXT: Final = re.compile(r"\[[^\]]* @ 0x[0-9a-f]+\] ")
_BROKEN: Final = re.compile(r"decod|concealing|corrupt")
_NO_STREAM: Final = "Invalid data found when processing input"
_BEFORE: Final = re.compile(rf"{_NO_STREAM}|Stream ends prematurely")
"""Said of an address that gives no pictures; it also comes where a stream that gave some breaks."""
_UNREAD: Final = "what comes from there is no stream of pictures that ffmpeg reads"
_HIDDEN: Final = "a line with a part of the address in it"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a stream has ended. `silence`: the error, where it looks as if nobody were there, which
    is also how a filter of packets looks. `refused`: the camera wants another name or password."""

    words: str
    silence: OSError | None = None
    refused: bool = False


_Say = Callable[[Stream, re.Match[str]], Reason]


def _plainly(words: str) -> _Say:
    return lambda stream, _found: Reason(f"{stream.shown}: {words}")


def _silent(number: int, words: str) -> _Say:
    silence = OSError(number, os.strerror(number))
    return lambda stream, _found: Reason(f"{stream.shown}: {words}", silence)


def _no_stream(stream: Stream, _found: re.Match[str]) -> Reason:
    # To ffmpeg an RTSP server that hangs up is one that answers nonsense.
    either = "the camera has hung up, or " if stream.is_rtsp else ""
    return Reason(f"{stream.shown}: {either}{_UNREAD}")


def _nameless(stream: Stream, found: re.Match[str]) -> Reason:
    # glibc's words for a server that did not answer; others have answered.
    again = found[1].startswith("Temporary failure")
    number = socket.EAI_AGAIN if again else socket.EAI_NONAME
    silence = socket.gaierror(number, found[1])
    return Reason(f"{stream.shown}: the name of the host is not found: {found[1]}", silence)


def _refused(stream: Stream, found: re.Match[str]) -> Reason:
    if found[1] == "403":
        words = "the camera refuses us (403): may this name see this stream?"
    elif address.names_somebody(stream.uri):
        words = "the camera does not take the name and password in camera.uri (401)"
    else:
        words = "the camera asks for a name and a password (401): write them into camera.uri, as in"
        words = f"{words} {address.EXAMPLE}"
    return Reason(f"{stream.shown}: {words}", refused=True)


_KNOWN: Final[tuple[tuple[str, _Say], ...]] = (
    (
        ABSENT,
        _plainly("ffmpeg is not installed, which reads it; type `sudo apt install ffmpeg`"),
    ),
    (r"Failed to resolve hostname \S+: (.*)", _nameless),
    (r"Server returned (401|403)", _refused),
    (
        r"Server returned 404",
        _plainly("there is no such stream (404): the camera's manual knows its address"),
    ),
    (
        r"Server returned (\w+ [^(]*)",
        lambda s, f: Reason(f"{s.shown}: the answer is {f[1].strip()}"),
    ),
    (r"Connection refused", _plainly("nothing listens at this port (connection refused)")),
    (
        r"(?:Connection|Operation) timed out",
        _silent(errno.ETIMEDOUT, f"no answer within {ANSWER_S} s"),
    ),
    (r"No route to host", _silent(errno.EHOSTUNREACH, "no route to this host")),
    (r"Network is unreachable", _silent(errno.ENETUNREACH, "the network is out of reach")),
    (
        r"matches no streams|does not contain any stream",
        _plainly("there is no picture in this stream"),
    ),
    (_NO_STREAM, _no_stream),
    (
        r"Format not on whitelist",
        _plainly(_UNREAD),
    ),
    (
        r"Protocol not found|Protocol '\w+' not on whitelist",
        _plainly("ffmpeg here cannot read this"),
    ),
    (r"Not a video capture device|Inappropriate ioctl for device", _plainly("this is no camera")),
    (r"No such file or directory", _plainly("there is no such device: is the camera plugged in?")),
    (
        r"Permission denied",
        _plainly("may not be opened by this user: is it in the group video?"),
    ),
    (r"Device or resource busy", _plainly("is held by another program")),
    (
        r"Stream ends prematurely|End of file",
        _plainly("the other end has hung up: is this the address of a stream?"),
    ),
    (r"No such device|Input/output error", _plainly("the connection has broken")),
    (r"Connection reset by peer|Broken pipe", _plainly("the connection was cut")),
)
"""The first that is found anywhere counts: what is before the others says more than they do."""


def reason(stream: Stream, lines: Sequence[str], code: int, seconds: float) -> Reason:
    """Why it ended that said this last. `code`: exit status, or minus the signal; `seconds`: how
    long it ran."""
    # What is broken in a picture does not end the stream.
    lines = [line for line in lines if not _BROKEN.search(line)]
    if code == 0:
        # It has given pictures.
        lines = [line for line in lines if not _BEFORE.search(line)]
    if stream.is_rtsp and seconds >= ANSWER_S and any(_NO_STREAM in line for line in lines):
        # To ffmpeg an RTSP server that does not answer is one that answers nonsense.
        lines = ["Connection timed out"]
    for pattern, say in _KNOWN:
        for line in lines:
            if found := re.search(pattern, line):
                return say(stream, found)
    if code == 0:
        return Reason(f"{stream.shown}: the stream has ended")
    last = scrubbed(lines[-1], stream) if lines else ""
    return Reason(f"{stream.shown}: ffmpeg: {describe_end(code, last)}")


def scrubbed(line: str, stream: Stream) -> str:
    """A line of ffmpeg's with nothing of the address in it that may not be shown."""
    shown = address.veiled(_CONTEXT.sub("", line))
    # Looked for in all of it: of a secret that is cut off, the rest would be told.
    if stream.is_device or not any(secret in shown for secret in address.secrets(stream.uri)):
        return shortened(shown)
    return _HIDDEN
