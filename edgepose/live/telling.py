"""What viewers are told, and when.

Owns the newest message of each kind, and the form of those that MQTT does not know. Whoever says
something on MQTT hands it on to here. Nothing is encoded while nobody looks, and a pose that MQTT
has in the same form is not encoded again. Runs on the daemon's loop; raises nothing.
"""

import asyncio
import struct
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from typing import Final, Protocol

from edgepose import __version__
from edgepose.live.settings import Subject
from edgepose.messages import json_format
from edgepose.messages.landmarks import BLAZEPOSE33, CONNECTIONS
from edgepose.messages.picture import Picture
from edgepose.messages.plain import encode
from edgepose.messages.pose import Person, Pose
from edgepose.mqtt.settings import Message

KINDS: Final[tuple[str, ...]] = ("state", "health", "config", "event")
"""The topics that viewers are told of, by their last level."""
PICTURES: Final = 8.0
"""Of the camera's pictures a second, while somebody looks and the config lets them: enough to aim
by."""
POSES: Final = 60.0
"""A second at most: no display shows more."""
_FRAME: Final = struct.Struct("<I")
"""Before the JPEG of a picture: the number of its frame, as `frame` in the pose."""


class Viewers(Protocol):
    """Whoever looks, as far as they have to be told something."""

    @property
    def some(self) -> bool:
        """Whether there is anybody."""

    def show(self, kind: str, message: bytes, *, binary: bool = False) -> None:
        """Send it to all of them, and nothing older of its kind any more."""

    def drop(self, kind: str) -> None:
        """Send nothing of this kind that still waits."""


class Telling:
    """Tells whatever is handed to it to those who look."""

    def __init__(self, ask_pictures: Callable[[float], None]) -> None:
        self.ask_health: Callable[[], bytes] | None = None
        """Gives the body of `/health` at this moment."""
        self._ask_pictures = ask_pictures
        self._viewers: Viewers | None = None
        self._subject = Subject("", "")
        self._pictures = False
        self._size: tuple[int, int] | None = None
        self._newest: dict[str, tuple[bytes, float]] = {}
        """Of each kind, and the loop's time when it was said."""
        self._pose: tuple[Pose, bytes | None] | None = None
        self._shown_s = 0.0
        """The loop's time of the newest pose that was shown."""

    @property
    def looked_at(self) -> bool:
        """Whether anybody looks."""
        return self._viewers is not None and self._viewers.some

    def show_to(self, viewers: Viewers | None) -> None:
        """These look from now on."""
        self._viewers = viewers
        self.looks()

    def looks(self) -> None:
        """Somebody has begun to look, or has gone."""
        self._ask_pictures(PICTURES if self._pictures and self.looked_at else 0.0)

    def show_pictures(self, shown: bool) -> None:
        """Show the camera's pictures from now on, or no more."""
        if shown != self._pictures:
            self._pictures = shown
            if self._viewers is not None and not shown:
                self._viewers.drop("picture")
            self._greet()
            self.looks()

    def look_at(self, subject: Subject) -> None:
        """This is what is to be seen from now on."""
        if subject != self._subject:
            self._subject = subject
            self._greet()

    def overhear(self, message: Message) -> None:
        """This was said on MQTT, or would have been."""
        kind = message.topic.rpartition("/")[2]
        if kind in KINDS:
            self._newest[kind] = (message.payload, asyncio.get_running_loop().time())
            if self._viewers is not None and self._viewers.some:
                self._viewers.show(kind, _framed(kind, message.payload))

    def glance(self) -> None:
        """Tell how the device is, to whoever looks: MQTT hears that seldom."""
        if self.ask_health is not None and self._viewers is not None and self._viewers.some:
            self._viewers.show("health", _framed("health", self.ask_health()))

    def see(self, pose: Pose, people: tuple[Person, ...], payload: bytes | None) -> None:
        """Show a pose soon, and of several the newest. `people`: the pose's with all landmarks;
        `payload`: the pose in the json format, where it was encoded."""
        if pose.size != self._size:
            self._size = pose.size
            self._greet()
        if pose.set != "blazepose33":
            pose, payload = replace(pose, people=people, set="blazepose33"), None
        if self._pose is None:
            # Not now: what follows on MQTT goes first.
            loop = asyncio.get_running_loop()
            loop.call_at(max(loop.time(), self._shown_s + 1 / POSES), self._show_pose)
        self._pose = (pose, payload)

    def see_picture(self, picture: Picture) -> None:
        """Show a picture of the camera, if they are to be shown."""
        if self._pictures and self._viewers is not None:
            frame = _FRAME.pack(picture.frame & 0xFFFFFFFF)
            self._viewers.show("picture", frame + picture.jpeg, binary=True)

    def first(self) -> Mapping[str, bytes]:
        """What a new viewer is told, in this order: what was said before comes with its age, for no
        clock of the browser knows it."""
        now_s = asyncio.get_running_loop().time()
        told = {"hello": self._hello()}
        for kind in KINDS:
            if kind in self._newest:
                body, said_s = self._newest[kind]
                told[kind] = _framed(kind, body, now_s - said_s)
        return told

    def _show_pose(self) -> None:
        if self._pose is not None and self._viewers is not None and self._viewers.some:
            pose, payload = self._pose
            body = json_format.encode(pose) if payload is None else payload
            self._viewers.show("pose", _framed("pose", body))
            self._shown_s = asyncio.get_running_loop().time()
        self._pose = None

    def _greet(self) -> None:
        if self._viewers is not None and self._viewers.some:
            self._viewers.show("hello", self._hello())

    def _hello(self) -> bytes:
        body = {
            **asdict(self._subject),
            "version": __version__,
            "landmarks": BLAZEPOSE33,
            "connections": CONNECTIONS,
            "camera_picture": self._pictures,
            "size": self._size,
        }
        return _framed("hello", encode(body))


def _framed(kind: str, body: bytes, age_s: float = 0.0) -> bytes:
    return b'{"kind":"%s","age_s":%.3f,"body":%s}' % (kind.encode(), age_s, body)
