"""Motion is somebody who comes in, and neither noise, nor light, nor what has always moved."""

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from edgepose.vision.frame import Frame, Image
from edgepose.vision.glance import grey
from edgepose.vision.motion import FIRST, Motion
from edgepose.vision.sources.actor import ActorSource
from edgepose.vision.sources.uri import open_uri

SIZE = (160, 120)
MINUTE = 15 * 60
"""Glances."""

Field = npt.NDArray[np.float32]
Change = Callable[[int, Field], Field | float]


def drawn(scene: str, count: int) -> Iterator[Frame]:
    """Frames 30 a second, of which every second one is looked at."""
    every = itertools.cycle((True, False))
    frames = ActorSource(scene, SIZE, 0).frames(threading.Event(), lambda _ns: next(every))
    return itertools.islice(frames, count)


@pytest.fixture(scope="module")
def room() -> Field:
    """The empty room, its noise taken away."""
    pictures = [frame.image for frame in drawn("empty", 40)]
    return np.asarray(np.mean(pictures, axis=0), np.float32)


class Noise:
    """A sensor's, of independent Gaussian noise in each pixel and channel."""

    def __init__(self, deviation: float) -> None:
        self._random = np.random.default_rng(11)
        shape = (SIZE[1] + 64, SIZE[0] + 64, 3)
        self._patch = self._random.normal(0, deviation, shape).astype(np.float32)

    def on(self, picture: Field) -> Image:
        top, left = self._random.integers(0, 64, 2)
        noise = self._patch[top : top + SIZE[1], left : left + SIZE[0]]
        return np.asarray(np.clip(picture + noise, 0, 255), np.uint8)


def watch(
    room: Field, glances: int, change: Change = lambda _n, room: room, deviation: float = 3
) -> list[int]:
    """In which glances something moves, once the room is known."""
    motion, noise = Motion(), Noise(deviation)
    moved = [motion.see(grey(noise.on(room))) for _ in range(2 * FIRST)]
    assert all(moved[:FIRST]), "nothing is known yet"
    assert not any(moved[FIRST:])
    return [n for n in range(glances) if motion.see(grey(noise.on(change(n, room) + 0 * room)))]


@pytest.mark.parametrize("deviation", [0, 3, 12])
def test_noise_is_no_motion(room: Field, deviation: float) -> None:
    assert watch(room, 2 * MINUTE, deviation=deviation) == []


ROWS = np.arange(SIZE[1], dtype=np.float32)[:, np.newaxis, np.newaxis] / SIZE[1]


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda n, room: room * (1 + 0.1 * np.sin(2.1 * n)), id="a lamp flickers"),
        pytest.param(
            lambda n, room: room * (1 + 0.08 * np.sin(11 * ROWS + 1.3 * n)), id="in stripes"
        ),
        pytest.param(lambda n, room: room * max(0.7, 1 - n / 60), id="exposure goes down"),
        pytest.param(lambda n, room: room * (1 - 0.6 * n / MINUTE), id="it gets dark"),
        pytest.param(lambda n, room: room + 15 * np.sin(n / 40), id="black level drifts"),
    ],
)
def test_light_is_no_motion(room: Field, change: Change) -> None:
    assert watch(room, MINUTE, change) == []


def test_in_the_dark_a_level_more_is_no_motion_of_what_shines(room: Field) -> None:
    dark = np.full_like(room, 2)
    dark[60:70, 60:70] = 60
    assert watch(dark, MINUTE, lambda n, dark: dark + n // 100 % 2) == []


def comes_in(height: float, contrast: float, from_right: bool) -> Change:
    """A box as wide as a third of its height comes in, 6% of the picture's width a second."""

    def change(n: int, room: Field) -> Field:
        tall = round(height * SIZE[1])
        wide = round(tall / 3)
        x = round(0.06 * SIZE[0] * n / 15)
        picture = room.copy()
        top = round(0.95 * SIZE[1]) - tall
        seen = picture[top : top + tall, max(0, x - wide) : x]
        seen -= contrast
        return picture[:, ::-1] if from_right else picture

    return change


def test_somebody_is_found_after_sunrise_as_before(room: Field) -> None:
    bright = comes_in(0.05, 20, from_right=False)

    def sunrise(n: int, room: Field) -> Field:
        light = min(1, 0.15 + 0.85 * n / MINUTE)
        picture = np.asarray(room / np.float32(0.15) * light, np.float32)
        return picture if n < MINUTE + 60 else np.asarray(bright(n - MINUTE - 60, picture))

    found = watch(room * np.float32(0.15), MINUTE + 105, sunrise)
    assert MINUTE + 60 <= found[0] <= MINUTE + 65
    assert len(found) >= 35


@pytest.mark.parametrize("from_right", [False, True])
@pytest.mark.parametrize(
    ("height", "contrast", "deviation"),
    [(0.05, 20, 3), (0.05, 60, 12), (0.1, 10, 3), (0.3, 25, 12), (0.9, 60, 3)],
)
def test_somebody_who_comes_in_is_found(
    room: Field, height: float, contrast: float, deviation: float, from_right: bool
) -> None:
    # Mirrored, the room itself would move.
    even = (room + room[:, ::-1]) * np.float32(0.5)
    found = watch(even, 45, comes_in(height, contrast, from_right), deviation)
    # Within a third of a second, in which it comes in by 2% of the picture's width.
    assert found[0] <= 5
    assert len(found) >= 35


def test_the_walking_person_is_found_before_a_joint_of_it_is_in_view() -> None:
    motion = Motion()
    for frame in drawn("empty", 2 * FIRST):
        motion.see(grey(frame.image))
    frames = list(drawn("walking", 80))
    moved = [motion.see(grey(frame.image)) for frame in frames]
    there = [frame.truth != () for frame in frames]
    assert moved.index(True) <= there.index(True)
    # Until it has left: what comes after is another crossing.
    came = there.index(True)
    left = there.index(False, came)
    assert left > came + 40
    assert all(moved[came:left])


def test_what_stays_becomes_part_of_the_room(room: Field) -> None:
    chair = room.copy()
    chair[50:90, 20:50] -= 60
    put_down = MINUTE // 2
    found = watch(room, MINUTE, lambda n, room: room if n < put_down else chair)
    assert found[:30] == list(range(put_down, put_down + 30))
    assert found[-1] < put_down + 100


def test_what_always_moves_becomes_the_rule_there_and_elsewhere_nothing_is(room: Field) -> None:
    random = np.random.default_rng(5)

    def television(n: int, room: Field) -> Field:
        picture = room.copy()
        picture[30:50, 100:140] = random.uniform(60, 200)
        if n == 2 * MINUTE - 1:
            picture[50:100, :15] -= 60
        return picture

    found = watch(room, 2 * MINUTE, television)
    assert found[0] == 0
    assert len([n for n in found if n > MINUTE]) < 15
    assert found[-1] == 2 * MINUTE - 1


def test_a_street_is_never_still_and_one_picture_of_it_always(media: Path) -> None:
    film = open_uri(str(media / "street-couple.avi"), (640, 360), 0, False)
    pictures = [frame.image for frame in film.frames(threading.Event())]
    film.close()
    motion = Motion()
    moved = [motion.see(grey(picture)) for picture in pictures]
    # They walk when it begins, and somewhat farther away than later.
    assert np.mean(moved[FIRST:100]) > 0.4
    assert all(moved[-100:])
    still = cv2.resize(pictures[0], SIZE, interpolation=cv2.INTER_AREA).astype(np.float32)
    assert watch(still, MINUTE) == []
