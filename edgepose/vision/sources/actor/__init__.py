"""The source `actor`: a drawn person with known joints.

It is what the demo shows by default and the ground truth of the tests. Owns nothing but memory,
so `close` has nothing to give back. Runs on the capture thread. An unknown scene is a
`UserError` of the constructor.
"""

import threading
from collections.abc import Iterator

from edgepose.vision.frame import Frame, Image
from edgepose.vision.sources import Asked, all_of_them
from edgepose.vision.sources.actor.backdrop import Backdrop
from edgepose.vision.sources.actor.figure import LOOKS, draw_body, draw_shadow
from edgepose.vision.sources.actor.scenes import SCENES, bodies_at, pose_at
from edgepose.vision.sources.actor.view import View, seen_joints
from edgepose.vision.sources.pace import ticks

__all__ = ["SCENES", "ActorSource", "frame_time", "pose_at"]

UNPACED_RATE = 30.0
"""Frames for a second of the scene when nobody waits for the frames (rate 0)."""


def frame_time(number: int, rate: float) -> float:
    """Give the time in the scene, in seconds, that frame `number` shows."""
    return number / (rate or UNPACED_RATE)


class ActorSource:
    """Draws a scene, `rate` frames a second; `size` is (width, height) in pixels.

    Frame n is the same picture in every run, and its `truth` is
    `pose_at(scene, frame_time(n, rate), size)`.
    """

    lives = False

    def __init__(self, scene: str, size: tuple[int, int], rate: float) -> None:
        self._scene = scene
        self._rate = rate
        self._view = View(size)
        # A scene that does not exist is told now, not on the capture thread.
        bodies_at(scene, 0.0, self._view)
        self._backdrop = Backdrop(self._view)

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        """Yield a new picture for each tick until `stop` is set; see `Source.frames`."""
        for number, captured_ns in enumerate(ticks(self._rate, stop)):
            if not wanted(captured_ns):
                continue
            bodies = bodies_at(self._scene, frame_time(number, self._rate), self._view)
            image: Image = self._backdrop.fresh()
            for body in bodies:
                draw_shadow(image, body, self._view)
            for body, look in zip(bodies, LOOKS, strict=False):
                draw_body(image, body, self._view, look)
            self._backdrop.add_noise(image, number)
            yield Frame(image, number, captured_ns, seen_joints(bodies, self._view))

    def describe(self) -> dict[str, object]:
        """Tell nothing: there is no sensor."""
        return {}

    def close(self) -> None:
        """Do nothing: there is no camera and no file."""
