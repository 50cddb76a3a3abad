"""auto ends at an engine that works on each processor, and that engine finds who is there.

The daemon is the product as it is, under QEMU, and is judged by its messages alone.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
import pytest

from edgepose.messages import json_format
from edgepose.messages.pose import Pose
from edgepose.vision.sources.actor import frame_time, pose_at
from tests.processors.stage import CASES, POSES, RATE, SCENE, SIZE, Told

pytestmark = [pytest.mark.appliance, pytest.mark.slow]
AWAY: Final = 0.04
"""Of the person's height, how far a joint may be from where it was drawn, on average."""


def away(pose: Pose) -> float:
    """How far the joints are from where they were drawn, on average, in heights of the person."""
    (person,) = pose.people
    (truth,) = pose_at(SCENE, frame_time(pose.frame, RATE), SIZE)
    drawn = truth[:, :2] * SIZE
    seen = np.array([(mark.x, mark.y) for mark in person.landmarks]) * SIZE
    return float(np.hypot(*(seen - drawn).T).mean() / np.ptp(drawn[:, 1]))


@pytest.mark.parametrize("processor", ["cortex-a53", "cortex-a72"])
def test_auto_takes_litert_where_mediapipe_does_not_start(
    told: Callable[[str, str], Told], processor: str
) -> None:
    seen = told(processor, "auto")
    why = seen.health["engine_why"]
    assert seen.health["engine"] == "litert"
    assert why.startswith("mediapipe: killed by SIGILL")
    assert "lacks LSE" in why
    assert f"WARNING: engine litert: {why}\n" in seen.log


def test_auto_takes_mediapipe_on_a_pi_5(told: Callable[[str, str], Told]) -> None:
    seen = told("cortex-a76", "auto")
    assert (seen.health["engine"], seen.health["engine_why"]) == ("mediapipe", None)
    assert "INFO: engine mediapipe\n" in seen.log


def test_an_engine_that_is_named_is_taken(told: Callable[[str, str], Told]) -> None:
    health = told("cortex-a76", "litert").health
    assert (health["engine"], health["engine_why"]) == ("litert", None)


@pytest.mark.parametrize("case", CASES, ids=" ".join)
def test_the_drawn_person_is_found(told: Callable[[str, str], Told], case: tuple[str, str]) -> None:
    poses = [json_format.decode(text) for text in told(*case).poses]
    assert [pose.frame for pose in poses[:POSES]] == list(range(POSES))
    assert max(map(away, poses)) < AWAY
