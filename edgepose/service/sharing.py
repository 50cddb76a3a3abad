"""By which ways the camera's pictures can be had, and that everybody is told of it.

Owns the notice on `/notice`: it is said before the first picture may be made, and taken back after
the last. Runs on the daemon's loop; raises nothing.
"""

from collections.abc import Sequence

from edgepose.messages.notice import Notice, Way
from edgepose.messages.plain import ABSENT, encode
from edgepose.mqtt.client import Client
from edgepose.mqtt.delivery import NOTICE
from edgepose.service.clock import boottime_ns, is_unset, iso, unix_us
from edgepose.service.vision import Vision


class Sharing:
    """`ways` are those that the config in force allows now."""

    def __init__(self, client: Client, vision: Vision) -> None:
        self.ways: tuple[Way, ...] = ()
        self._old = False
        self._client = client
        self._vision = vision
        self._snapshots = 0
        self._last_ns: int | None = None
        self._told: tuple[object, ...] | None = None

    @property
    def why_no_snapshot(self) -> str:
        """What to do for the command to get one, where it does not."""
        if self._old:
            return "no picture gets out while an OLD CONFIG is in force; `edgepose check` tells why"
        return (
            "the configuration does not let the camera's picture out; set snapshot.camera_picture"
            " to true, and everybody at the broker is told"
        )

    def allow(self, ways: Sequence[Way], *, old: bool = False) -> None:
        """Let pictures out by these ways from now on, and by no others; by none where the config in
        force is an old one, and what is wanted now is not known."""
        ways, self._old = () if old else ways, old
        more = set(ways) - set(self.ways)
        self.ways = tuple(ways)
        if more:
            self.tell()
        self._vision.allow_pictures(live="live" in ways, still="snapshot" in ways)
        self.tell()

    def snapshot_taken(self) -> None:
        """The command is given a picture."""
        self._snapshots += 1
        self._last_ns = boottime_ns()
        self.tell()

    def tell(self, *, again: bool = False) -> None:
        """Say what has changed; with `again` also what has not."""
        # Under another name, or at another broker, nothing was told yet.
        now = (self.ways, self._snapshots, self._client.moves)
        if now == self._told and not again:
            return
        self._told = now
        payload = self._notice() if self.ways else b""
        # Empty, too: an earlier run may have left one.
        self._client.retain(NOTICE.message(self._client.topics.notice, payload))

    def _notice(self) -> bytes:
        now_us = unix_us(boottime_ns())
        return encode(
            Notice(
                time=iso(now_us),
                camera_picture=self.ways,
                snapshots=self._snapshots,
                last_snapshot=None if self._last_ns is None else iso(unix_us(self._last_ns)),
                clock="unset" if is_unset(now_us) else ABSENT,
            )
        )
