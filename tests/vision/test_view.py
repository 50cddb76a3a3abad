"""What is in view: said within ten seconds where something is wrong, and nothing where not."""

import threading
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import pytest

from edgepose.messages.page import View
from edgepose.vision.frame import Image
from edgepose.vision.glance import grey
from edgepose.vision.sources.actor import ActorSource
from edgepose.vision.view import Judge
from tests.vision.views import (
    RATE,
    Eye,
    Levels,
    Side,
    blinds,
    cap_put_on,
    capped,
    glow,
    hand,
    lamp,
    leak,
    lights_off,
    room,
    somebody,
    standing_still,
    still,
    torch,
    wall,
)

SECOND_NS: Final = 1_000_000_000
WITHIN_S: Final = 10.0
ROOM: Final = room()


class Looker:
    """A judge, and what it said at which second, since `start`: each change once."""

    def __init__(self, *, lives: bool = True) -> None:
        self.judge = Judge(lives=lives)
        self.now_ns = SECOND_NS
        self.start()

    def start(self) -> None:
        self.began_ns = self.now_ns
        self.said: list[tuple[float, View]] = []

    def look(self, images: Iterable[Image], rate: float = RATE) -> None:
        self.suspected = 0
        for image in images:
            before = self.judge.view
            view = self.judge.look(image, grey(image), self.now_ns)
            if view != before:
                self.said.append(((self.now_ns - self.began_ns) / 1e9, view))
            self.suspected += self.judge.suspects
            self.now_ns += round(1e9 / rate)

    def views(self) -> list[View]:
        return [view for _, view in self.said]

    def one(self, view: View, within_s: float) -> None:
        """It said this, in time, and nothing else."""
        assert self.views() == [view]
        assert self.said[0][0] <= within_s


@pytest.fixture
def looker() -> Looker:
    """It has seen the room for a quarter of a minute."""
    looker = Looker()
    looker.look(still(ROOM, 15))
    looker.one("ok", 0.5)
    looker.start()
    return looker


def back(looker: Looker, picture: Levels = ROOM) -> None:
    """The room as before is ok within two seconds."""
    looker.start()
    looker.look(still(picture, 3))
    looker.one("ok", 2.0)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_lens_cap(looker: Looker, side: Side) -> None:
    looker.look(cap_put_on(ROOM, 20, side))
    looker.one("covered", WITHIN_S)
    back(looker)


@pytest.mark.parametrize("takes", [0.4, 2.9])
def test_a_lens_cap_that_is_put_on_fast_or_slowly(looker: Looker, takes: float) -> None:
    looker.look(cap_put_on(ROOM, 20, "left", takes))
    looker.one("covered", WITHIN_S)


@pytest.mark.parametrize("fades", [0.0, 0.3, 2.0])
def test_lights_off(looker: Looker, fades: float) -> None:
    looker.look(lights_off(ROOM, 20, fades))
    looker.one("dark", WITHIN_S)
    back(looker)


def test_a_frozen_picture(looker: Looker) -> None:
    looker.look(standing_still(ROOM, 20))
    looker.one("frozen", WITHIN_S)
    back(looker)


@pytest.mark.parametrize("cover", [hand(), hand(200), hand(40), wall(150)])
def test_a_hand_or_a_cloth(looker: Looker, cover: Levels) -> None:
    looker.look(still(cover, 15))
    looker.one("covered", WITHIN_S)
    # It is put into a pocket: that is no night.
    looker.start()
    looker.look(still(cover * 0, 20))
    assert looker.said == []
    back(looker)


def test_a_hand_that_comes_from_one_side(looker: Looker) -> None:
    over = (capped(ROOM, n / 20) + hand() - capped(hand(), n / 20) for n in range(20))
    eye = Eye()
    looker.look(chain((eye.see(each) for each in over), still(hand(), 20, eye)))
    looker.one("covered", WITHIN_S)


def test_frozen_is_for_sources_that_live() -> None:
    looker = Looker(lives=False)
    looker.look(standing_still(ROOM, 20))
    looker.one("ok", 0.0)


@pytest.mark.parametrize("level", [0, 255])
def test_all_black_or_all_white_may_be_the_same_to_the_last_bit(looker: Looker, level: int) -> None:
    looker.look([np.full((120, 160, 3), level, np.uint8)] * 30 * RATE)
    assert "frozen" not in looker.views()


def test_a_camera_without_one_of_the_colours_is_not_frozen() -> None:
    looker = Looker()
    looker.look(still(ROOM * (0, 1, 1) - (50, 0, 0), 20))
    looker.one("ok", 0.5)


def test_one_bit_is_enough(looker: Looker) -> None:
    image = next(still(ROOM, 1))

    def tremble() -> Iterator[Image]:
        for number in range(30 * RATE):
            other = image.copy()
            other[:, number % 160, 0] ^= 1
            yield other

    looker.look(tremble())
    assert looker.said == []


def test_a_film_of_one_frame_a_second(looker: Looker) -> None:
    looker.look(still(ROOM, 2), rate=1)
    assert looker.said == []
    looker.look(islice(standing_still(ROOM, 2), 12), rate=1)
    looker.one("frozen", 41)


@pytest.mark.parametrize("noise", [0.5, 3.0, 12.0])
@pytest.mark.parametrize("picture", [ROOM, room(3.5), wall(), wall(235), hand(), glow(ROOM) + 20])
def test_what_does_not_change_is_ok(picture: Levels, noise: float) -> None:
    looker = Looker()
    looker.look(still(picture, 15, Eye(noise)))
    looker.one("ok", 0.1)


def gains(
    gain: Callable[[float], float], seconds: float, picture: Levels = ROOM
) -> Iterator[Image]:
    """The picture under a light that changes with the time."""
    eye = Eye()
    return (eye.see(picture * gain(n / RATE)) for n in range(round(seconds * RATE)))


def scenes() -> dict[str, Callable[[], Iterable[Image]]]:
    """What is no fault, after a while of the room."""
    other = room(30, 90, seed=5)
    return {
        "exposure pumps": lambda: gains(lambda t: 1 + 0.7 * np.sin(2 * np.pi * t / 3), 20),
        "dimmed to a fifth": lambda: gains(lambda t: max(0.2, 1 - t), 20),
        "a flash": lambda: chain(still(ROOM * 9, 0.3), still(ROOM, 10)),
        "a plain shirt passes": lambda: chain(still(hand(120), 5), still(ROOM, 10)),
        "a hand passes": lambda: chain(still(hand(), 1.8), still(ROOM, 10)),
        "a dark hand passes": lambda: chain(still(ROOM * 0, 1.8), still(ROOM, 10)),
        "turned elsewhere": lambda: still(other, 30),
        "turned to a calmer view": lambda: still(room(6, 130, seed=9), 30),
        "somebody comes and goes": lambda: chain(still(somebody(ROOM), 30), still(ROOM, 20)),
        "somebody in black, near": lambda: chain(still(capped(ROOM, 0.7), 20), still(ROOM, 10)),
    }


@pytest.mark.parametrize("name", list(scenes()))
def test_what_is_no_fault(looker: Looker, name: str) -> None:
    looker.look(scenes()[name]())
    assert looker.said == []


def test_the_sun_no_longer_shines_through_the_blinds() -> None:
    looker = Looker()
    calm = room(10)
    looker.look(chain(still(blinds(calm), 30), still(calm, 30)))
    looker.one("ok", 0.1)


@pytest.mark.parametrize("contrast", [2, 4])
def test_what_stays_for_ten_minutes_and_has_edges_is_the_room(
    looker: Looker, contrast: float
) -> None:
    other, eye = room(contrast, 130, seed=9), Eye()
    looker.look(still(other, 10, eye))
    looker.look((eye.see(other) for _ in range(700)), rate=1)
    assert looker.views() == ["covered", "ok"]
    assert looker.said[1][0] > 600
    looker.start()
    looker.look((eye.see(ROOM) for _ in range(300)), rate=1)
    assert looker.said == []
    looker.look(still(hand(), 10, eye))
    assert looker.views() == ["covered"]


@pytest.mark.parametrize("cover", [hand(), wall(150), leak()])
@pytest.mark.parametrize("noise", [3.0, 12.0])
def test_what_has_none_is_a_cover_for_ever(looker: Looker, cover: Levels, noise: float) -> None:
    eye = Eye(noise)
    looker.look(still(cover, 10, eye))
    looker.look((eye.see(cover) for _ in range(1500)), rate=1)
    looker.one("covered", WITHIN_S)


def test_little_structure_in_little_light() -> None:
    looker = Looker()
    faint = room(7, 140)
    looker.look(chain(still(faint, 10), still(faint * 0.2, 20)))
    looker.one("ok", 0.1)


def test_too_little_light_to_show_the_room_is_dark() -> None:
    looker = Looker()
    looker.look(chain(still(room(20), 15), still(wall(25), 15)))
    assert looker.views() == ["ok", "dark"]


def test_fog_rises_for_minutes() -> None:
    looker = Looker()
    eye = Eye()
    shares = [max(0.1, 1 - second / 200) for second in range(240)]
    looker.look((eye.see(ROOM * share + 140 * (1 - share)) for share in shares), rate=1)
    looker.one("ok", 1)


def test_somebody_sits_before_a_blank_wall_and_leaves() -> None:
    looker = Looker()
    eye = Eye()
    looker.look(chain(still(wall(), 30, eye), still(somebody(wall()), 120, eye)))
    looker.look(still(wall(), 60, eye))
    looker.one("ok", 0.1)


def night(noise: float, black: float) -> Iterator[Image]:
    """The exposure goes up for seconds after the lights went out, and finds nothing."""
    for second in range(15):
        share = min(1.0, second / 3)
        yield from still(ROOM * 0, 1, Eye(3 + (noise - 3) * share, 2 + (black - 2) * share, second))


def bedtime(fades: float, stays: float) -> Iterator[Image]:
    """The ceiling's light goes out, and after a while the lamp at the bed."""
    count, eye = round(fades * RATE), Eye()
    for number in range(count):
        yield eye.see(lamp(ROOM) + (ROOM - lamp(ROOM)) * (1 - number / count))
    yield from still(lamp(ROOM), stays, eye)
    yield from still(ROOM * 0.01, 20, eye)


@pytest.mark.parametrize(
    ("name", "images"),
    [
        ("a monitor glows", lambda: still(glow(ROOM), 15)),
        ("a monitor glows, high gain", lambda: still(glow(ROOM), 15, Eye(12, 6))),
        ("high gain", lambda: night(12, 6)),
        ("high gain, and black is far from 0", lambda: night(12, 30)),
        ("a lamp burns for a moment longer", lambda: bedtime(0.3, 0.5)),
        ("a lamp burns for a second longer", lambda: bedtime(2.0, 1.0)),
        ("a lamp burns for longer", lambda: bedtime(0.3, 2.9)),
        ("a bulb bursts", lambda: chain(still(ROOM * 0 + 255, 0.9), still(ROOM * 0, 15))),
        ("the lamps go out one by one", lambda: chain(still(capped(ROOM, 0.6), 20), night(3, 2))),
    ],
)
def test_what_is_dark(looker: Looker, name: str, images: Callable[[], Any]) -> None:
    looker.look(images())
    assert looker.views() == ["dark"], name
    back(looker)


@pytest.fixture
def sleeper(looker: Looker) -> Looker:
    """Where it is night by now."""
    looker.look(lights_off(ROOM, 20))
    looker.one("dark", WITHIN_S)
    looker.start()
    return looker


@pytest.mark.parametrize(
    ("flash", "looks"),
    [(ROOM * 0 + 255, 1), (ROOM * 3, 2), (torch(), 3), (ROOM * 0 + 255, 5 * RATE)],
)
def test_a_flash_at_night(sleeper: Looker, flash: Levels, looks: int) -> None:
    sleeper.look(chain(still(flash, looks / RATE), still(ROOM * 0, 20)))
    assert sleeper.said == []


def test_blinded_for_ten_seconds(sleeper: Looker) -> None:
    sleeper.look(chain(still(ROOM * 0 + 255, 10), still(ROOM * 0, 20)))
    assert sleeper.views() == ["covered", "dark"]


def test_a_cover_of_the_night_shows_in_the_morning(sleeper: Looker) -> None:
    sleeper.look(chain(still(hand(), 40), still(hand() * 0, 20)))
    sleeper.one("covered", WITHIN_S)


def test_a_television_in_a_dark_room(sleeper: Looker) -> None:
    for _ in range(5):
        sleeper.look(chain(still(ROOM * 0.3, 3), still(ROOM * 0.02, 5)))
    sleeper.one("ok", 2.0)


def test_between_dark_and_light_it_is_as_it_was(looker: Looker) -> None:
    dim = ROOM * np.float32(19 / np.quantile(ROOM, 0.8))
    looker.look(still(dim, 20))
    assert looker.said == []
    looker.look(chain(still(dim * 0, 20), still(dim, 20)))
    assert looker.views() == ["dark"]


@pytest.mark.slow
def test_dusk_and_dawn_of_an_hour() -> None:
    looker = Looker()
    dusk = [0.5 ** (n / 300) for n in range(3600)]
    eye = Eye(6)
    looker.look((eye.see(ROOM * gain) for gain in dusk), rate=1)
    assert looker.views() == ["ok", "dark"]
    looker.start()
    looker.look((eye.see(ROOM * gain) for gain in reversed(dusk)), rate=1)
    assert looker.views() == ["ok"]


@pytest.mark.parametrize("noise", [0.0, 3.0, 12.0])
def test_begun_in_darkness_it_is_dark(noise: float) -> None:
    looker = Looker()
    looker.look(still(ROOM * 0, 30, Eye(noise)))
    looker.one("dark", 5)
    back(looker)


def test_a_camera_that_finds_its_exposure_is_not_dark() -> None:
    looker = Looker()
    looker.look(gains(lambda t: min(1.0, t), 10))
    looker.one("ok", 2)


@pytest.mark.slow
def test_ten_minutes_of_an_unchanging_room() -> None:
    looker = Looker()
    frames = ActorSource("empty", (320, 240), 0).frames(threading.Event())
    looker.look(frame.image for frame in islice(frames, 600 * RATE))
    looker.one("ok", 0.1)


@pytest.mark.slow
@pytest.mark.parametrize("film", ["street-couple.avi", "street-walkers.mp4"])
def test_real_films(media: Path, film: str) -> None:
    looker = Looker()
    for _ in range(2):
        capture = cv2.VideoCapture(str(media / film))
        rate = capture.get(cv2.CAP_PROP_FPS)
        while (read := capture.read())[0]:
            looker.look([cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)], rate)  # type: ignore[list-item]
        capture.release()
    assert looker.views() == ["ok"]


@pytest.mark.parametrize("fault", ["cap", "lights", "frozen"])
def test_it_is_suspected_from_its_begin_to_its_end(looker: Looker, fault: str) -> None:
    looker.look(still(ROOM, 2))
    assert looker.suspected == 0
    seconds = 2
    black = {"cap": cap_put_on(ROOM, 9), "lights": lights_off(ROOM, 9)}
    images = list(still(ROOM, 1)) if fault == "frozen" else list(black[fault])
    if fault == "frozen":
        images = [images[-1]] * (9 * RATE)
    looker.look(images[: seconds * RATE])
    # Too short to be judged.
    assert looker.said == []
    suspects = [looker.judge.suspects]
    looker.look(images[seconds * RATE :])
    assert looker.suspected > 0
    assert looker.views()[-1] in ("covered", "dark", "frozen")
    assert [*suspects, looker.judge.suspects] == [True, True]
    looker.look(still(ROOM, 4))
    assert looker.judge.view == "ok"
    assert not looker.judge.suspects
