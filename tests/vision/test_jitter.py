"""Two workers against one, with the real engines on the drawn person: who stands must not tremble.

`service/cores.py` chooses one worker for both engines, each for a reason of its own; these bounds
are for people who ask for two. The prints tell the figures.
"""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from edgepose.messages.control import Configure
from edgepose.vision.sources.actor import frame_time, pose_at
from tests.harness.sandboxed import sandboxed
from tests.vision.alternate import Track, tracks

pytestmark = [pytest.mark.slow]

LIMIT_S = 120
SIZE = (640, 480)
BODY = slice(11, 33)
STANDING, MOVING = 200, 90
"""How many frames are looked at."""
SETTLED = 10
"""Frames until the filters have seen enough."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


def wish(engine: str, model: Path, scene: str) -> Configure:
    return Configure(
        source="actor",
        scene=scene,
        camera=0,
        uri=None,
        loop=True,
        size=SIZE,
        rate=30,
        field_of_view="full",
        controls={},
        rotation=0,
        engine=engine,
        workers=1,
        threads=1,
        model=str(model),
        num_poses=1,
        min_pose_detection_confidence=0.5,
        min_pose_presence_confidence=0.5,
        min_tracking_confidence=0.5,
        output_segmentation_masks=False,
        world=True,
    )


def jitter(track: Track) -> float:
    """Median over joints 11 to 32 and frames of the second difference's length, in pixels."""
    bends = [
        track[n] - 2 * track[n + 1] + track[n + 2]
        for n in track
        if n >= SETTLED and n + 1 in track and n + 2 in track
    ]
    return float(np.median([np.hypot(*bend[BODY].T) for bend in bends]))


def error(track: Track, scene: str, lag_s: float = 0.0) -> float:
    """Mean distance of the visible joints 11 to 32 from where they were `lag_s` ago, in pixels."""
    errors = []
    for number, rows in track.items():
        people = pose_at(scene, frame_time(number, 0) - lag_s, SIZE)
        if people and number >= SETTLED:
            seen = people[0][BODY, 2] > 0
            offset = (people[0][BODY, :2] * SIZE - rows[BODY])[seen]
            errors.append(np.hypot(*offset.T).mean() if seen.any() else 0.0)
    return float(np.mean(errors))


def lag_ms(track: Track, scene: str) -> int:
    """The lag at which the track fits best."""
    return min(range(0, 100, 4), key=lambda lag: error(track, scene, lag / 1000))


@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_who_stands_does_not_tremble_more_with_two_workers(
    pool: ProcessPoolExecutor, model_full: Path, engine: str
) -> None:
    wanted = wish(engine, model_full, "standing")
    ratios: list[float] = []
    # What else the machine does holds one worker up and not the other, and so adds to it: the
    # least of a few measures is the least disturbed.
    while len(ratios) < 3 and min(ratios, default=9.9) > 1.1:
        one, two = pool.submit(tracks, wanted, (1, 2), range(STANDING)).result(LIMIT_S)
        ratios.append(jitter(two) / jitter(one))
        print(
            f"\n{engine}, standing: {jitter(one):.4f} px with one worker, {jitter(two):.4f} with"
            f" two: {ratios[-1]:.2f} times"
        )
        assert len(one) == len(two) == STANDING
    assert min(ratios) <= 1.1


@pytest.mark.parametrize("scene", ["waving", "walking"])
@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_who_moves_is_found_as_well_with_two_workers(
    pool: ProcessPoolExecutor, model_full: Path, engine: str, scene: str
) -> None:
    wanted = wish(engine, model_full, scene)
    one, two = pool.submit(tracks, wanted, (1, 2), range(MOVING)).result(LIMIT_S)
    print(
        f"\n{engine}, {scene}: error {error(one, scene):.2f} px with one worker,"
        f" {error(two, scene):.2f} with two; lag {lag_ms(one, scene)} and {lag_ms(two, scene)} ms"
    )
    assert abs(len(one) - len(two)) <= 2
    assert error(two, scene) < 1.1 * error(one, scene)
