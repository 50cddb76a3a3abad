"""The landmark stream in a file: kept as it came, so that it can be looked at again and tested.

A recording is JSON Lines. The first line tells what it is:
`{"edgepose_recording":1,"started_us":1795340123456789,"base":"edgepose","edgepose":"0.1.0"}`
and each line after it is one message:
`{"t":12.345678,"device":"hallway","kind":"pose","seq":48211,"packed":"6QEAAQ..."}`
`{"t":12.4,"device":"hallway","kind":"state","json":{"v":1,"presence":true}}`
`{"t":0.1,"device":"hallway","kind":"availability","text":"online","retained":true}`
`t` is the arrival in seconds after the first line, which `started_us` dates in Unix time; `packed`
holds the bytes in base64, `json` the message itself. `seq` is only there to be looked for. A pose
is kept once, in the format that was counted; `/health` and `/config` are not kept, for they name
hosts and paths and not numbers, nor is `/notice`.

`recorder` writes it; this reads it, on any thread. Raises UserError.
"""

import base64
import binascii
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from edgepose.errors import UserError
from edgepose.messages.pose import LAST_US, Pose
from edgepose.terminal.arrival import LARGEST, LONGEST_NAME, Arrival, Kind, read
from edgepose.terminal.report import printable

VERSION: Final = 1
RECORDED: Final[tuple[Kind, ...]] = ("pose", "state", "event", "availability")
_LONGEST_LINE: Final = 4 * LARGEST
_LONGEST_S: Final = 1e9
MARK: Final = "edgepose_recording"


class Recording:
    """A recording that is read. `started_us`, `base`: see above.

    `cut` is true behind the last message of one that ends within a line, as a power cut leaves it;
    that line is left out.
    """

    def __init__(self, path: Path) -> None:
        self.cut = False
        self._path = path
        try:
            self._file = path.open("rb")
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or "no such path"
            raise UserError(f"{path}: cannot be read: {reason}") from None
        try:
            self.started_us, self.base = self._head()
        except UserError:
            self._file.close()
            raise

    def _head(self) -> tuple[int, str]:
        head = self._parse(1, self._line())
        if head is None or MARK not in head:
            raise UserError(f"{self._path}:1: this is no recording of edgepose")
        if head[MARK] != VERSION:
            version = printable(head[MARK])[:20]
            raise UserError(f"{self._path}:1: version {version}; this edgepose reads {VERSION}")
        started, base = head.get("started_us"), head.get("base")
        if not isinstance(started, int) or not 0 <= started <= LAST_US or not isinstance(base, str):
            raise self._damaged(1, "no started_us, or no base")
        return started, base

    def __iter__(self) -> Iterator[tuple[float, Arrival]]:
        """Each message with the seconds after the start. To be gone through once.

        Raises UserError with the line of what is damaged.
        """
        number, last = 1, 0.0
        with self._file:
            while data := self._line():
                number += 1
                line = self._parse(number, data)
                if line is None:
                    self.cut = True
                    return
                last, arrival = self._arrival(number, line, last)
                yield last, arrival

    def _line(self) -> bytes:
        try:
            return self._file.readline(_LONGEST_LINE)
        except OSError as error:
            raise UserError(f"{self._path}: cannot be read: {error.strerror}") from None

    def _parse(self, number: int, data: bytes) -> dict[str, Any] | None:
        """A line, or None for the last one where it is cut."""
        try:
            line = json.loads(data)
        except (ValueError, RecursionError):
            if not data.endswith(b"\n") and len(data) < _LONGEST_LINE:
                return None
            raise self._damaged(number, "not JSON") from None
        if not isinstance(line, dict):
            raise self._damaged(number, "not a JSON object")
        return line

    def _arrival(self, number: int, line: dict[str, Any], last: float) -> tuple[float, Arrival]:
        at, device, kind = line.get("t"), line.get("device"), line.get("kind")
        if not isinstance(at, int | float) or not last <= at < _LONGEST_S:
            raise self._damaged(number, "t is no time at or after that of the line before")
        if not isinstance(device, str) or not 0 < len(device) <= LONGEST_NAME:
            raise self._damaged(number, "no name of a device")
        if kind not in RECORDED:
            raise self._damaged(number, "an unknown kind of message")
        packed = "packed" in line
        try:
            payload = _payload(line, kind)
        except (ValueError, TypeError, KeyError, binascii.Error):
            raise self._damaged(number, f"no payload that a {kind} has") from None
        arrival = read(
            Arrival(
                device,
                kind,
                payload,
                self.started_us + round(at * 1e6),
                packed,
                line.get("retained") is True,
            )
        )
        if arrival.content is None:
            raise self._damaged(number, arrival.error or "an empty message")
        return float(at), arrival

    def _damaged(self, number: int, what: str) -> UserError:
        return UserError(printable(f"{self._path}:{number}: damaged: {what}"))


def _payload(line: dict[str, Any], kind: Kind) -> bytes:
    if kind == "pose" and "packed" in line:
        return base64.b64decode(line["packed"], validate=True)
    if "text" in line:
        text = line["text"]
        if not isinstance(text, str):
            raise TypeError
        return text.encode()
    return json.dumps(line["json"], allow_nan=False).encode()


def poses(path: Path, device: str | None = None) -> Iterator[Pose]:
    """The poses of a recording in their order: of one device, where it is named.

    Raises UserError where the file is no recording, or at the line that is damaged.
    """
    for _, arrival in Recording(path):
        if isinstance(arrival.content, Pose) and device in (None, arrival.device):
            yield arrival.content
