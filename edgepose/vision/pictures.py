"""Pictures for whoever asks for them: which frames, their JPEG, and the way onto the link.

Owns the thread `pictures`, which is not there before pictures are allowed. Nothing is encoded that
is not asked for and allowed; of two frames that wait the older one is left out. `offer` is called
on a worker's thread, behind the frame's observation, and costs it next to nothing; all else on the
main thread. Raises nothing.
"""

import logging
import os
import threading
from typing import Final, NamedTuple

import cv2

from edgepose.messages.page import Page
from edgepose.messages.picture import Picture, encode_header
from edgepose.vision import thread_name
from edgepose.vision.frame import Frame, Image
from edgepose.vision.link import Link
from edgepose.vision.pacer import Pacer
from edgepose.vision.slot import Slot

LONGEST: Final = 1280
"""Pixels of the longer side of a picture that is one of many; a still has all of them."""
QUALITY: Final = 80
STILL_QUALITY: Final = 95
PATIENCE_S: Final = 0.4
"""For the daemon to read what waits on the link; later the picture would be an old one."""
_AGAIN_S: Final = 0.004

log = logging.getLogger(__name__)


class _Offered(NamedTuple):
    frame: Frame
    number: int


class Pictures:
    """Sends pictures of the frames that are offered, as they are asked for."""

    def __init__(self, link: Link, page: Page) -> None:
        self._link = link
        self._page = page
        self._slot: Slot[_Offered] = Slot()
        self._pacer = Pacer(1.0)
        self._asked = threading.Lock()
        self._live_allowed = self._still_allowed = False
        self._rate = 0.0
        self._still = False
        self._pause = threading.Event()
        self._thread: threading.Thread | None = None

    def allow(self, *, live: bool, still: bool) -> None:
        """Let a stream of pictures out, or stills, or no more from this moment on; what was asked
        for is forgotten then, so that nothing comes of it later."""
        with self._asked:
            self._live_allowed, self._still_allowed = live, still
            if not live:
                self._rate = 0.0
            if not still:
                self._still = False
            self._slot.take_now()
        if (live or still) and self._thread is None:
            self._thread = threading.Thread(target=self._run, name="pictures", daemon=True)
            self._thread.start()

    def ask(self, rate: float) -> None:
        """Send at most so many pictures a second; 0: none. Nothing where it is not allowed."""
        with self._asked:
            if self._live_allowed:
                self._rate = rate
                if rate:
                    self._pacer.set_rate(rate)

    def ask_still(self) -> None:
        """Send one picture of the next frame. Nothing where that is not allowed."""
        with self._asked:
            self._still = self._still_allowed

    def offer(self, frame: Frame, number: int) -> None:
        """A frame has been looked at; `number` is that of its observation."""
        if not self._rate and not self._still:
            return
        with self._asked:
            paced = self._rate > 0 and self._pacer.wants(frame.captured_ns)
            if paced or self._still:
                self._slot.put(_Offered(frame, number))

    def _run(self) -> None:
        thread_name.show()
        while (offered := self._slot.take()) is not None:
            with self._asked:
                still, self._still = self._still, False
                if not self._allowed(still=still):
                    continue
            try:
                sent = self._send(offered, still=still)
            except (OSError, cv2.error) as error:
                # No memory, no descriptors: there is no picture then, and all else goes on.
                log.warning("no picture: %s", error)
                sent = False
            if still and not sent:
                with self._asked:
                    self._still = self._still_allowed

    def _allowed(self, *, still: bool) -> bool:
        return self._still_allowed if still else self._live_allowed

    def _send(self, offered: _Offered, *, still: bool) -> bool:
        frame, number = offered
        image = frame.image if still else _small(frame.image)
        jpeg = _jpeg(image, STILL_QUALITY if still else QUALITY)
        self._page.sign("pictures", self._page["pictures"] + 1)
        height, width = image.shape[:2]
        header = encode_header(Picture(number, frame.captured_ns, (width, height), jpeg, still))
        fd = os.memfd_create("edgepose-picture")
        try:
            with open(fd, "wb", closefd=False) as file:
                file.write(jpeg)
            for _ in range(round(PATIENCE_S / _AGAIN_S)):
                with self._asked:
                    if not self._allowed(still=still):
                        return False
                    if self._link.send_file(header, fd):
                        return True
                self._pause.wait(_AGAIN_S)
        finally:
            os.close(fd)
        return False


def _small(image: Image) -> Image:
    """The picture with no side longer than `LONGEST`."""
    height, width = image.shape[:2]
    scale = LONGEST / max(width, height)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, size, interpolation=cv2.INTER_AREA)  # type: ignore[return-value]


def _jpeg(image: Image, quality: int) -> bytes:
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    _, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return encoded.tobytes()
