"""Several engines and two people: all follow the same one."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from edgepose.messages.pose import Landmark, Person
from edgepose.vision.engines import Answer, FrameRefused, Result
from edgepose.vision.following import AGAIN_NS, BLANK, Following, Hint, Led
from edgepose.vision.frame import Image
from tests.harness.sandboxed import sandboxed
from tests.vision.alternate import film_tracks
from tests.vision.test_jitter import wish

LIMIT_S = 120
SIZE = (640, 480)
FRAME_NS = 33_000_000
HIPS = slice(23, 25)


def seen(*left: float) -> Result:
    """People whose left edge is at these parts of the picture's width, 0.1 wide, 0.5 high."""
    return Result(
        tuple(
            Person(tuple(Landmark(x + i % 2 / 10, 0.2 + i / 64, 0.0, 0.9, 0.9) for i in range(33)))
            for x in left
        ),
        0,
    )


class Show:
    """Shows frames to workers in turn: what they saw comes from the test."""

    def __init__(self, workers: int = 2) -> None:
        self.following = Following(workers)
        self._workers = workers
        self._number = 0
        self.hints: list[Hint | None] = []

    def look(self, *results: Result) -> list[Hint | None]:
        """The hints for these frames, of which the workers then see this."""
        hints = []
        for result in results:
            worker, captured_ns = self._number % self._workers, AGAIN_NS + self._number * FRAME_NS
            hints.append(self.following.hint(worker, captured_ns))
            self.following.saw(worker, captured_ns, SIZE, result)
            self._number += 1
        return hints


def test_who_follows_the_same_person_needs_no_hint() -> None:
    hints = Show().look(*[seen(0.3 + i / 100) for i in range(30)])
    # But for the one that has seen nobody yet.
    assert [hint is not None for hint in hints] == [False, True] + [False] * 28
    assert hints[1] is not None
    assert not hints[1].anew


def test_who_follows_somebody_else_is_made_to_lose_him_and_shown_the_right_one() -> None:
    show = Show()
    show.look(*[seen(0.1)] * 4)
    # The first worker's eyes wander over to somebody else, as they may where there is one worker.
    # The stream goes with them; the other worker is left behind.
    assert show.look(seen(0.6), seen(0.1), seen(0.6)) == [None] * 3
    (hint,) = show.look(seen(0.6))
    assert hint is not None
    assert hint.anew
    assert 0.2 * SIZE[0] < hint.left < 0.6 * SIZE[0]
    assert hint.right > 0.7 * SIZE[0]
    assert (hint.top, hint.bottom > 0.7 * SIZE[1]) == (0, True)
    assert show.look(*[seen(0.6)] * 6) == [None] * 6


def test_who_does_not_come_back_is_tried_again_after_a_while() -> None:
    show = Show()
    hints = show.look(*[seen(0.1), seen(0.6)] * 60)
    for worker in (0, 1):
        tried = [i for i, hint in enumerate(hints) if hint and hint.anew and i % 2 == worker]
        assert len(tried) in (3, 4, 5)
        assert all((b - a) * FRAME_NS >= AGAIN_NS for a, b in pairwise(tried))


def test_somebody_who_is_fast_is_not_somebody_else() -> None:
    hints = Show().look(*[seen(0.02 + i * 0.12) for i in range(8)])
    assert [hint for hint in hints if hint is not None and hint.anew] == []


def test_who_finds_nobody_with_a_hint_looks_freely_next() -> None:
    show = Show()
    hints = show.look(*[seen(0.1), seen()] * 4)
    assert [hint is not None for hint in hints[1::2]] == [True, False, True, False]


def test_when_he_is_gone_for_all_nobody_needs_a_hint() -> None:
    show = Show()
    show.look(*[seen(0.1)] * 6)
    show.look(seen(), seen())
    assert show.look(seen(), seen(), seen()) == [None] * 3


def test_when_he_has_left_the_other_one_is_followed() -> None:
    show = Show()
    show.look(seen(0.1), seen(0.1), seen(0.1), seen(0.6), seen(0.1), seen(0.6))
    show.look(seen(), seen(0.6), seen(), seen(0.6))
    (hint,) = show.look(seen(0.6))
    assert hint is not None
    assert hint.left > 0.2 * SIZE[0]


def test_what_was_seen_before_the_hint_does_not_count() -> None:
    show = Show()
    show.look(seen(0.1), seen(0.1), seen(0.6), seen(0.1), seen(0.6))
    hint = show.following.hint(1, 2 * AGAIN_NS)
    assert hint is not None
    assert hint.anew
    # A look that had begun before: whom that worker saw there, it follows no more.
    show.following.saw(1, 2 * AGAIN_NS - 1, SIZE, seen(0.1))
    assert show.following.hint(0, 2 * AGAIN_NS + 1) is None
    assert show.following.hint(1, 2 * AGAIN_NS + 1) is None


def test_only_the_place_of_the_hint_is_sharp() -> None:
    image = np.random.default_rng(1).integers(0, 256, (48, 64, 3), np.uint8)
    before = image.copy()
    shown = Hint(10, 5, 30, 48, anew=False).show(image)
    assert shown.shape == image.shape
    np.testing.assert_array_equal(shown[5:48, 10:30], image[5:48, 10:30])
    assert shown[:, 32:].std() < image[:, 32:].std() * 0.7
    # Others may look at the same picture.
    np.testing.assert_array_equal(image, before)


class Notes:
    """An engine that notes what it is shown and always sees the same."""

    def __init__(self, place: float) -> None:
        self.shown: list[Image] = []
        self._place = place

    def start(self, image: Image, _captured_ns: int) -> None:
        self.shown.append(image)

    def answer(self) -> Answer:
        return Answer(7, lambda: seen(self._place))

    def close(self) -> None:
        pass


def test_an_engine_is_shown_nothing_and_then_the_place() -> None:
    following = Following(2)
    right, wrong = Notes(0.1), Notes(0.6)
    engines = Led(right, 0, following), Led(wrong, 1, following)
    image = np.random.default_rng(1).integers(0, 256, (480, 640, 3), np.uint8)
    for number in range(60):
        engine = engines[number % 2]
        engine.start(image, AGAIN_NS + number * FRAME_NS)
        assert engine.answer().result() == seen(0.1 if engine is engines[0] else 0.6)
    blanks = [i for i, shown in enumerate(wrong.shown + right.shown) if shown is BLANK]
    assert blanks
    assert len(right.shown) + len(wrong.shown) == 60 + len(blanks)
    for engine in engines:
        with pytest.raises(FrameRefused):
            engine.start(np.zeros((480, 640), np.uint8), 2**40)


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_the_couple_in_the_street(
    pool: ProcessPoolExecutor, model_full: Path, media: Path, engine: str
) -> None:
    """With every third frame the engines see them 10 times a second, as on a small board; left to
    themselves two engines follow two people from these places of the film on."""
    wanted = replace(wish(engine, model_full, "standing"), workers=2)
    film = str(media / "street-couple.avi")
    for start in (40, 80):
        (track,) = pool.submit(film_tracks, wanted, film, range(start, start + 75, 3)).result(
            LIMIT_S
        )
        heights = [np.ptp(rows[:, 1]) for rows in track.values()]
        hips = [rows[HIPS].mean(axis=0) for rows in track.values()]
        jumps = [
            float(np.hypot(*(b - a))) / height
            for (a, b), height in zip(pairwise(hips), heights, strict=False)
        ]
        print(f"\n{engine}, from frame {start}: the longest jump is {max(jumps):.2f} of the height")
        assert len(track) >= 23
        assert max(jumps) < 0.25
