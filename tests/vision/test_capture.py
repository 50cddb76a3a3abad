"""The capture thread: rotation, the books of frames nobody wants, and how it ends."""

import itertools
import threading
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from edgepose.messages.control import SetRate
from edgepose.messages.page import VIEWS, Page
from edgepose.vision.attention import Attention
from edgepose.vision.capture import Capture
from edgepose.vision.frame import Frame, Image
from edgepose.vision.mask import Polygon
from edgepose.vision.slot import Slot
from edgepose.vision.sources import Asked, all_of_them
from edgepose.vision.sources.actor import ActorSource

LIMIT_S = 10.0
RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


class Given:
    """A source that gives these pictures, so many a second, then ends or fails."""

    lives = True

    def __init__(
        self, images: list[Image], error: Exception | None = None, *, rate: float = 1
    ) -> None:
        self._images = images
        self._error = error
        self._rate = rate

    def frames(self, stop: threading.Event, wanted: Asked = all_of_them) -> Iterator[Frame]:
        for number, image in enumerate(self._images):
            if stop.is_set():
                return
            captured_ns = round(number * 10**9 / self._rate)
            if wanted(captured_ns):
                yield Frame(image, number, captured_ns)
        if self._error is not None:
            raise self._error

    def describe(self) -> dict[str, object]:
        return {}

    def close(self) -> None:
        pass


def corners(image: Image) -> list[tuple[int, ...]]:
    """Colours of the corners: top left, top right, bottom right, bottom left."""
    return [tuple(int(n) for n in image[y, x]) for y, x in ((0, 0), (0, -1), (-1, -1), (-1, 0))]


class Taken(Slot[Frame]):
    """A slot that remembers which frames were laid in."""

    def __init__(self) -> None:
        super().__init__()
        self.numbers: list[int] = []

    def put(self, item: Frame) -> Frame | None:
        self.numbers.append(item.number)
        return super().put(item)


def run(
    source: Given,
    page: Page,
    rotation: int = 0,
    order: SetRate | None = None,
    mask: Sequence[Polygon] = (),
) -> tuple[Taken, list[Exception | None]]:
    """Run a capture to its end; the slot, and what it ended with."""
    slot = Taken()
    ends: list[Exception | None] = []
    attention = Attention(0, page)
    attention.set_rate(order or SetRate(0))
    capture = Capture(
        source,
        slot,
        attention,
        page,
        rotation=rotation,
        mask=mask,
        lossless=False,
        on_end=ends.append,
    )
    capture.start()
    capture.join(LIMIT_S)
    assert not capture.is_alive()
    return slot, ends


@pytest.mark.parametrize(
    ("rotation", "size", "expected"),
    [
        (0, (4, 6), [RED, GREEN, BLUE, WHITE]),
        (90, (6, 4), [WHITE, RED, GREEN, BLUE]),
        (180, (4, 6), [BLUE, WHITE, RED, GREEN]),
        (270, (6, 4), [GREEN, BLUE, WHITE, RED]),
    ],
)
def test_the_picture_is_turned_clockwise(
    page: Page, rotation: int, size: tuple[int, int], expected: list[tuple[int, ...]]
) -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    image[0, 0], image[0, -1], image[-1, -1], image[-1, 0] = RED, GREEN, BLUE, WHITE
    slot, _ = run(Given([image]), page, rotation)
    frame = slot.take()
    assert frame is not None
    assert frame.image.shape[:2] == size
    assert corners(frame.image) == expected


def test_the_newest_wins_and_the_others_are_busy(page: Page) -> None:
    images = [np.full((8, 8, 3), shade, np.uint8) for shade in range(5)]
    slot, ends = run(Given(images), page)
    frame = slot.take()
    assert frame is not None
    assert frame.number == 4
    assert page.counters()["captured"] == 5
    assert page.counters()["busy"] == 4
    assert ends == [None]


def test_what_a_source_throws_is_told(page: Page) -> None:
    error = RuntimeError("the lens fell off")
    _, ends = run(Given([np.zeros((8, 8, 3), np.uint8)], error), page)
    assert ends == [error]


def test_every_frame_is_counted_be_it_wanted_or_not(page: Page) -> None:
    drawn = ActorSource("empty", (160, 120), 0).frames(threading.Event())
    images = [frame.image for frame in itertools.islice(drawn, 480)]
    images[450] = images[450].copy()
    images[450][40:80, :20] = 0
    slot, _ = run(Given(images, rate=30), page, order=SetRate(30, 3))
    counters = page.counters()
    assert counters["captured"] == 480
    assert counters["paced"] == 480 - len(slot.numbers)
    assert counters["busy"] == len(slot.numbers) - 1
    # At full rate while the room is got to know, then a tenth of it, and all of the last second.
    idle = [number for number in slot.numbers if 200 <= number < 450]
    assert {after - before for before, after in itertools.pairwise(idle)} == {10}
    assert slot.numbers[-30:] == list(range(450, 480))


@pytest.mark.parametrize(("level", "view"), [(0, "dark"), (120, "frozen")])
def test_what_is_in_view_is_told(page: Page, level: int, view: str) -> None:
    assert VIEWS[page["view"]] == "unknown"
    run(Given([np.full((12, 16, 3), level, np.uint8)] * 8), page)
    assert VIEWS[page["view"]] == view


def test_a_picture_that_may_show_nothing_is_told_before_it_is_judged(page: Page) -> None:
    images = [
        frame.image
        for frame in itertools.islice(
            ActorSource("empty", (160, 120), 0).frames(threading.Event()), 60
        )
    ]
    run(Given(images, rate=15), page)
    assert (VIEWS[page["view"]], page["suspect_ns"]) == ("ok", 0)
    # A second of darkness, which is not judged yet.
    images += [np.zeros_like(images[0])] * 15
    run(Given(images, rate=15), page)
    assert (VIEWS[page["view"]], page["suspect_ns"]) == ("ok", round(74 / 15 * 10**9))
