"""Where frames come from: one protocol, one module for each kind of source."""

import threading
from collections.abc import Callable, Iterator
from typing import Protocol

from edgepose.vision.frame import Frame

Asked = Callable[[int], bool]
"""Whether the picture of the frame captured at this moment (CLOCK_BOOTTIME) is wanted."""


def all_of_them(_captured_ns: int) -> bool:
    """Want every frame."""
    return True


class Source(Protocol):
    """An opened source of frames.

    Opening happens in the constructor, which raises `UserError` where the source cannot
    work at all (a film that is not a film). Everything else runs on the capture thread.
    """

    @property
    def lives(self) -> bool:
        """Whether it cannot give one picture twice, to the last bit, while it works: a camera has
        noise, and a film of one has, too. Pictures from files and drawn ones may stand still."""
        ...

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        """Yield frames until the source ends or `stop` is set.

        `wanted` is asked for each frame in order, once, and before its picture is made where that
        can be helped; a frame that is not wanted is not yielded, but has its number.

        A source with a rate waits for each frame's time (interrupted by `stop`); one opened
        with rate 0 never waits. `UserError` says what broke on the way. The yielded image is
        not written to again: whoever takes it may keep it.
        """
        ...

    def describe(self) -> dict[str, object]:
        """What health tells of the source: `model`, `format`, `mode` of a camera; else nothing."""
        ...

    def close(self) -> None:
        """Give the camera or file back. May be called twice."""
        ...
