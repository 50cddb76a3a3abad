"""The source `picamera2`: frames of a camera, each with the time at which it was taken.

Owns the running camera; how it comes to run belongs to `opening` and `configure`. Opened and closed
on the main thread, used on the capture thread. picamera2 has a thread of its own, which only hands
requests over: it calls nothing of ours. Raises `UserError`; `CameraStalled` where no more frames
come.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError
from typing import Any, Final, NamedTuple, TypeVar, cast

from edgepose.errors import UserError
from edgepose.vision.frame import Frame, Image
from edgepose.vision.sources import Asked, all_of_them
from edgepose.vision.sources.opencv import fit
from edgepose.vision.sources.pi.configure import Opened, Wanted, set_up
from edgepose.vision.sources.pi.faults import cannot_open, stalled
from edgepose.vision.sources.pi.formats import BrokenPicture, Buffer, to_rgb
from edgepose.vision.sources.pi.opening import camera_devices, name_of, open_camera
from edgepose.vision.sources.pi.stamps import Stamp, Stamps

STEP_S: Final = 0.25
"""How long to wait for a frame before looking at `stop`."""
SILENT_S: Final = 2.5
"""Without a frame, a camera that gave some has stalled. Less than what the daemon waits for, so
that it is told why."""
FIRST_S: Final = 15.0
"""The first frame may take: some sensors are loaded with a program before it."""
BROKEN: Final = 100
"""So many broken pictures in a row are no accident."""

log = logging.getLogger(__name__)


T = TypeVar("T")


class Borrowed(NamedTuple):
    """When a frame was taken, and its bytes, copied; None where nobody wants them."""

    stamp: Stamp
    buffer: Buffer | None


class PiCamera:
    """An opened, running camera.

    The constructor waits for the first frame, so that a camera that gives none fails there.
    `on_missed` is called on the capture thread, once for each frame, with the number of frames
    that the camera made and we never saw before this one; never for a camera whose stamps do not
    tell.
    """

    lives = True

    def __init__(self, index: int, wanted: Wanted, on_missed: Callable[[int], None]) -> None:
        self._wanted = wanted
        self._on_missed = on_missed
        self._stuck = False
        self._broken = 0
        self._camera, model = open_camera(index)
        name = name_of(index, model)
        try:
            self.opened: Opened = set_up(self._camera, name, model, wanted)
            self._camera.start()
            self._borrow(threading.Event(), FIRST_S, name, lambda _request, _arrived_ns: True)
        except (RuntimeError, OSError) as error:
            self.close()
            raise cannot_open(name, error, camera_devices()) from error
        except BaseException:  # whatever happened: the camera must not stay taken
            self.close()
            raise

    def describe(self) -> dict[str, object]:
        """What the camera is and does, for the health message."""
        mode = self.opened.mode
        return {
            "model": self.opened.model,
            "format": self.opened.layout.format,
            "mode": None
            if mode is None
            else {
                "size": list(mode.size),
                "fps": mode.fps,
                "share": round(mode.share, 3),
                "seen": round(mode.seen, 3),
            },
        }

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        """See `Source.frames`; `captured_ns` is the sensor's time where it can be told."""
        stamps = Stamps()
        number = broken = 0
        while (borrowed := self._next(stop, stamps, wanted)) is not None:
            (captured_ns, missed), buffer = borrowed
            image = None if buffer is None else self._picture(buffer)
            if buffer is not None and image is None:
                broken += 1 + (missed or 0)
                continue
            if missed is not None:
                self._on_missed(broken + missed)
            broken = 0
            if image is not None:
                yield Frame(image, number, captured_ns)
            number += 1

    def close(self) -> None:
        """Stop the camera and give it back.

        One that has stalled is left as it is: asking it to stop may take for ever, and the end of
        the process gives it back, too.
        """
        if self._camera is None or self._stuck:
            return
        camera, self._camera = self._camera, None
        try:
            camera.close()
        except RuntimeError as error:
            log.warning("%s", error)

    def _next(self, stop: threading.Event, stamps: Stamps, wanted: Asked) -> Borrowed | None:
        def read(request: Any, arrived_ns: int) -> Borrowed:
            stamp = self._stamp(stamps, request.get_metadata(), arrived_ns)
            # Asked before the bytes are copied: in an empty room few are wanted.
            buffer = request.make_buffer("main") if wanted(stamp.captured_ns) else None
            return Borrowed(stamp, buffer)

        try:
            return self._borrow(stop, SILENT_S, self.opened.name, read)
        except RuntimeError as error:
            # picamera2 and libcamera raise nothing more precise.
            raise UserError(f"{self.opened.name} failed: {error}") from error

    def _borrow(
        self, stop: threading.Event, limit_s: float, name: str, read: Callable[[Any, int], T]
    ) -> T | None:
        """What `read` makes of the next frame and CLOCK_BOOTTIME of its arrival; None as soon as
        `stop` is set. The camera has its buffer back by then."""
        job = self._camera.capture_request(wait=False)
        # Steps are counted, not time: a machine that slept has not waited.
        for _ in range(round(limit_s / STEP_S)):
            if stop.is_set():
                self._take_back(job)
                return None
            try:
                request = job.get_result(timeout=STEP_S)
            except TimeoutError:
                continue
            arrived_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            try:
                return read(request, arrived_ns)
            finally:
                request.release()
        self._stuck = True
        raise stalled(name, limit_s)

    def _take_back(self, job: Any) -> None:
        """Withdraw an order, or give back the frame that came of it."""
        self._camera.cancel_all_and_flush()
        try:
            # One that is being carried out can no more be withdrawn.
            job.get_result(timeout=STEP_S).release()
        except (CancelledError, TimeoutError):
            return

    def _picture(self, buffer: Buffer) -> Image | None:
        """The picture in a buffer, no larger than wanted; None for a broken one."""
        try:
            image = to_rgb(buffer, self.opened.layout)
        except BrokenPicture as error:
            self._broken += 1
            if self._broken == 1:
                log.warning("%s gives a broken picture: %s", self.opened.name, error)
            if self._broken < BROKEN:
                return None
            raise UserError(f"{self.opened.name} gives broken pictures only: {error}") from error
        self._broken = 0
        return cast(Image, fit(image, self._wanted.size))

    def _stamp(self, stamps: Stamps, metadata: Mapping[str, Any], arrived_ns: int) -> Stamp:
        duration_us = metadata.get("FrameDuration")
        asleep_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME) - time.monotonic_ns()
        return stamps.read(
            metadata.get("SensorTimestamp"),
            # A camera that was told how long, and does not say, did as it was told.
            self.opened.duration_ns if duration_us is None else duration_us * 1000,
            arrived_ns,
            asleep_ns,
        )
