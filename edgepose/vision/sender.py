"""What becomes of an answer: smoothed where the engine did not, an observation, on the link.

Owns the smoothing of the ordered stream, and counts `link_full`. Offers each frame to `pictures`
behind its observation. Called in the order of frames, from one thread at a time; see `order`.
"""

from edgepose.messages.observation import Observation, encode_observation
from edgepose.messages.page import Page
from edgepose.vision.engines import Result
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.pictures import Pictures
from edgepose.vision.smoothing import Smoothing


class SharedSmoothing:
    """Smooths the one stream that `workers` make together."""

    def __init__(self, workers: int) -> None:
        self._smoothing = Smoothing()
        self._workers = workers
        self._without = 0
        self._last_ms = 0

    def apply(self, result: Result, size: tuple[int, int], captured_ns: int) -> Result:
        """The result smoothed; `size` is the picture's width and height."""
        # As the engines do: the stamps of a camera may stand still or go back.
        self._last_ms = max(self._last_ms + 1, captured_ns // 1_000_000)
        self._without = 0 if result.people else self._without + 1
        if 0 < self._without < self._workers:
            # He is gone when none of them sees him; until then the filter need not start anew.
            return result
        return self._smoothing.apply(result, size, self._last_ms)


class Sender:
    """Sends what was seen in each frame. `first_frame` is added to the source's frame numbers;
    `smoothing` is None where the engines smooth."""

    def __init__(
        self,
        link: Link,
        page: Page,
        pictures: Pictures,
        *,
        first_frame: int,
        smoothing: SharedSmoothing | None,
    ) -> None:
        self._link = link
        self._page = page
        self._pictures = pictures
        self._first_frame = first_frame
        self._smoothing = smoothing

    def send(self, frame: Frame, result: Result) -> None:
        """Send it, or count that there was no room."""
        number = frame.number + self._first_frame
        self._page.sign("answered_frame", number)
        self._page.sign("answered_ns", result.answered_ns)
        height, width = frame.image.shape[:2]
        size = (width, height)
        if self._smoothing is not None:
            result = self._smoothing.apply(result, size, frame.captured_ns)
        packet = encode_observation(
            Observation(number, frame.captured_ns, result.answered_ns, size, result.people)
        )
        if not self._link.send(packet):
            self._page.count("link_full")
        self._pictures.offer(frame, number)
