"""Where frames come from: one protocol, one module for each kind of source."""

import threading
from collections.abc import Iterator
from typing import Protocol

from edgepose.vision.frame import Frame


class Source(Protocol):
    """An opened source of frames.

    Opening happens in the constructor, which raises `UserError` where the source cannot
    work at all (a film that is not a film). Everything else runs on the capture thread.
    """

    def frames(self, stop: threading.Event) -> Iterator[Frame]:
        """Yield frames until the source ends or `stop` is set.

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
