"""The mask: which pixels it blacks, and that what is left is judged as if nothing were missing."""

from collections.abc import Iterable, Iterator
from itertools import chain

import cv2
import numpy as np
import pytest

from edgepose.messages.page import VIEWS, Page, View
from edgepose.vision.frame import Image
from edgepose.vision.glance import grey
from edgepose.vision.mask import Mask, Polygon
from edgepose.vision.motion import Motion
from edgepose.vision.view import Judge
from tests.vision.test_capture import Given, run
from tests.vision.views import (
    RATE,
    Eye,
    Levels,
    cap_put_on,
    hand,
    lights_off,
    room,
    standing_still,
    still,
)

QUARTER: Polygon = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))
MOST: Polygon = ((0.0, 0.0), (1.0, 0.0), (1.0, 0.3), (0.3, 1.0), (0.0, 1.0))
"""Three quarters of the picture."""
FRAMED = (
    ((0.0, 0.0), (1.0, 0.0), (1.0, 0.2), (0.0, 0.2)),
    ((0.0, 0.8), (1.0, 0.8), (1.0, 1.0), (0.0, 1.0)),
    ((0.0, 0.1), (0.35, 0.1), (0.35, 0.9), (0.0, 0.9)),
)
"""What is left is a window."""


def inside(polygon: Polygon, x: float, y: float) -> bool:
    """By the sides that a ray crosses."""
    crossed = 0
    for (x1, y1), (x2, y2) in zip(polygon, (*polygon[1:], polygon[0]), strict=True):
        crossed += (y1 <= y) != (y2 <= y) and x < x1 + (y - y1) / (y2 - y1) * (x2 - x1)
    return crossed % 2 == 1


def near(polygon: Polygon, x: float, y: float, width: int, height: int) -> bool:
    """Whether it is inside, or within two pixels and a half of the polygon."""
    shape = (np.array(polygon) * (width, height)).astype(np.float32)
    return cv2.pointPolygonTest(shape, (x * width, y * height), measureDist=True) > -2.5


@pytest.mark.parametrize("size", [(64, 48), (49, 37), (8, 8)])
@pytest.mark.parametrize("seed", range(4))
def test_pixels_inside_are_black_and_all_others_as_they_were(
    size: tuple[int, int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    width, height = size
    # Around a middle, by their angles, so that no sides cross.
    angles = np.sort(random.uniform(0, 2 * np.pi, 7))
    reach = random.uniform(0.1, 0.5, 7)
    polygon = [(0.5 + r * np.cos(a), 0.5 + r * np.sin(a)) for r, a in zip(reach, angles)]  # noqa: B905
    image = random.integers(1, 256, (height, width, 3), np.uint8)
    before = image.copy()
    masked = Mask([polygon]).apply(image)
    assert np.array_equal(image, before)
    for row in range(height):
        for column in range(width):
            x, y = (column + 0.5) / width, (row + 0.5) / height
            black = not masked[row, column].any()
            assert black or np.array_equal(masked[row, column], image[row, column])
            assert black or not inside(polygon, x, y)
            assert not black or near(polygon, x, y, width, height)


def test_what_two_polygons_cover_stays_black() -> None:
    masked = Mask([QUARTER, MOST]).apply(np.full((48, 64, 3), 200, np.uint8))
    assert not masked[:24, :32].any()


def test_without_areas_it_is_the_picture_itself() -> None:
    image = np.full((48, 64, 3), 200, np.uint8)
    assert Mask().apply(image) is image


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_places_are_those_of_the_turned_picture(page: Page, rotation: int) -> None:
    """And pictures of several sizes, as a folder may hold them, each have it at its own place."""
    for shape in ((24, 40, 3), (48, 16, 3)):
        given = Given([np.full(shape, 200, np.uint8)])
        slot, _ = run(given, page, rotation, mask=[QUARTER])
        frame = slot.take()
        assert frame is not None
        height, width = frame.image.shape[:2]
        assert not frame.image[: height // 2, : width // 2].any()
        assert (frame.image[height // 2 + 2 :] == 200).all()
        assert (frame.image[:, width // 2 + 2 :] == 200).all()


ROOM = room()


class Looker:
    """A judge behind a mask, and what it said, each change once."""

    def __init__(self, *polygons: Polygon) -> None:
        self.judge = Judge(lives=True)
        self.mask = Mask(polygons)
        self.views: list[View] = []
        self._now_ns = 10**9

    def look(self, images: Iterable[Image]) -> list[View]:
        """The views since this was asked last."""
        self.views.clear()
        for image in images:
            before = self.judge.view
            glance = grey(self.mask.apply(image))
            view = self.judge.look(image, glance, self._now_ns, self.mask.known)
            if view != before:
                self.views.append(view)
            self._now_ns += round(1e9 / RATE)
        return self.views


@pytest.mark.parametrize("polygons", [(QUARTER,), (MOST,), FRAMED])
def test_a_mask_is_neither_dark_nor_a_cover(polygons: tuple[Polygon, ...]) -> None:
    looker = Looker(*polygons)
    assert looker.look(still(ROOM, 30)) == ["ok"]


@pytest.mark.parametrize("polygons", [(QUARTER,), (MOST,), FRAMED])
def test_what_is_left_is_judged_as_ever(polygons: tuple[Polygon, ...]) -> None:
    looker = Looker(*polygons)
    looker.look(still(ROOM, 15))
    assert looker.look(still(hand(), 15)) == ["covered"]
    assert looker.look(still(ROOM, 5)) == ["ok"]
    assert looker.look(lights_off(ROOM, 20)) == ["dark"]
    assert looker.look(still(ROOM, 5)) == ["ok"]
    assert looker.look(standing_still(ROOM, 20)) == ["frozen"]
    assert looker.look(still(ROOM, 5)) == ["ok"]


def test_a_cap_is_one_behind_a_mask() -> None:
    looker = Looker(QUARTER)
    looker.look(still(ROOM, 15))
    assert looker.look(cap_put_on(ROOM, 20, "left")) == ["covered"]


def test_where_next_to_nothing_is_left_nothing_is_said() -> None:
    looker = Looker(((0.0, 0.0), (0.95, 0.0), (0.95, 1.0), (0.0, 1.0)))
    assert looker.look(chain(still(ROOM, 15), still(hand(), 15))) == ["ok"]


def test_a_film_that_stands_still_beside_the_mask_is_not_frozen(page: Page) -> None:
    """It moves where nobody looks."""
    rows = np.random.default_rng(0).integers(60, 180, (48, 64, 3), np.uint8)

    def moving() -> Iterator[Image]:
        for number in range(20 * RATE):
            image = rows.copy()
            image[:24, :32] = np.roll(rows[:24, :32], number, axis=1)
            yield image

    run(Given(list(moving()), rate=RATE), page, mask=[QUARTER])
    assert VIEWS[page["view"]] == "ok"


@pytest.mark.parametrize("polygons", [(), (QUARTER,), (MOST,), FRAMED])
def test_motion_is_what_moves_outside_of_it(polygons: tuple[Polygon, ...]) -> None:
    mask, motion, eye = Mask(polygons), Motion(), Eye()

    def moves(picture: Levels) -> bool:
        glance = grey(mask.apply(eye.see(picture)))
        return motion.see(glance, mask.known)

    for _ in range(60):
        moves(0.8 * ROOM)
    # The exposure goes up and down, however much of each row is black.
    steps = (1, 2, 1, 0, -1, -2, -1, 0)
    assert not any(moves(0.8 * ROOM * (1 + 0.05 * step)) for step in steps)
    hidden, shown = 0.8 * ROOM, 0.8 * ROOM
    hidden[30:55, 5:40] = 250
    shown[62:78, 135:155] = 250
    assert any(moves(hidden) for _ in range(5)) == (not polygons)
    assert moves(shown)
