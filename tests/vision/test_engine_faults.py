"""What an engine does with pictures and bundles that are no good, and when it hangs: every engine
the same, where edgepose decides it."""

import re
from pathlib import Path

import numpy as np
import pytest

from edgepose.errors import UserError
from edgepose.models.bundle import Networks
from edgepose.vision.engines import Result
from edgepose.vision.frame import Image
from tests.harness import sight
from tests.harness.freeze import frozen, threads_of
from tests.models.faults import FAULTS, altered, without_its_last_weights, write
from tests.vision import looking
from tests.vision.looker import LIMIT_S, Looker, options

REFUSED = {
    "uint8 of shape (480, 640), expected RGB uint8": np.zeros((480, 640), np.uint8),
    "uint8 of shape (480, 640, 1), expected RGB uint8": np.zeros((480, 640, 1), np.uint8),
    "uint8 of shape (480, 640, 4), expected RGB uint8": np.zeros((480, 640, 4), np.uint8),
    "float32 of shape (480, 640, 3), expected RGB uint8": np.zeros((480, 640, 3), np.float32),
    "float64 of shape (8, 8, 3), expected RGB uint8": np.zeros((8, 8, 3)),
    "int8 of shape (8, 8, 3), expected RGB uint8": np.zeros((8, 8, 3), np.int8),
    "uint16 of shape (8, 8, 3), expected RGB uint8": np.zeros((8, 8, 3), np.uint16),
    "uint8 of shape (2, 8, 8, 3), expected RGB uint8": np.zeros((2, 8, 8, 3), np.uint8),
    "uint8 of shape (), expected RGB uint8": np.zeros((), np.uint8),
    "1x1, allowed 8 to 4096 each way": np.zeros((1, 1, 3), np.uint8),
    "0x0, allowed 8 to 4096 each way": np.zeros((0, 0, 3), np.uint8),
    "0x480, allowed 8 to 4096 each way": np.zeros((480, 0, 3), np.uint8),
    "7x100, allowed 8 to 4096 each way": np.zeros((100, 7, 3), np.uint8),
    "4097x10, allowed 8 to 4096 each way": np.zeros((10, 4097, 3), np.uint8),
    "10x5000, allowed 8 to 4096 each way": np.zeros((5000, 10, 3), np.uint8),
}


def test_a_picture_it_cannot_take_is_refused_by_name(engine: Looker, model_full: Path) -> None:
    """And the next good one is taken."""
    told = engine.submit(looking.refusals, options(model_full), list(REFUSED.values()))
    assert told.result(LIMIT_S) == [*REFUSED, "taken"]


@pytest.mark.parametrize(
    "shape",
    [(8, 8, 3), (481, 639, 3), (17, 3000, 3), (3000, 17, 3), (4096, 8, 3), (2160, 4096, 3)],
)
def test_odd_sizes_are_taken(engine: Looker, model_full: Path, shape: tuple[int, ...]) -> None:
    image = np.zeros(shape, np.uint8)
    (result,) = engine.submit(sight.still, options(model_full), image, [0]).result(LIMIT_S)
    assert isinstance(result, Result)
    assert result.people == ()


def test_a_picture_that_is_a_view_is_taken(engine: Looker, model_full: Path, couple: Image) -> None:
    # Of several people nothing is smoothed: what was seen before leaves no trace.
    wanted = options(model_full, num_poses=2)
    seen = engine.submit(looking.views, wanted, couple).result(LIMIT_S)
    assert set(seen) == set(looking.VIEWS)
    for title, (view, copy) in seen.items():
        assert view == copy, title
    assert seen["read-only"][0]
    assert seen["mirrored"][0]


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bundle_that_is_no_good_is_told_in_one_line(
    engine: Looker, tmp_path: Path, real: Networks, fault: str
) -> None:
    make, words = FAULTS[fault]
    bundle = tmp_path / "pose.task"
    make(bundle, real)
    with pytest.raises(UserError) as caught:
        engine.submit(looking.opened, options(bundle)).result(LIMIT_S)
    assert f"detection.model: {bundle} is not for the Pose Landmarker: {words}" in str(caught.value)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("damaged", ["detector", "landmarks"])
def test_a_network_that_cannot_run_is_told_as_the_engine_opens(
    engine: Looker, tmp_path: Path, real: Networks, damaged: str
) -> None:
    """Its shapes are those of the real one: only the engine can tell, in its own words."""
    bundle = tmp_path / "pose.task"
    broken = altered(getattr(real, damaged), without_its_last_weights)
    write(bundle, **{"detector": real.detector, "landmarks": real.landmarks, damaged: broken})
    with pytest.raises(UserError) as caught:
        engine.submit(looking.opened, options(bundle)).result(LIMIT_S)
    assert f" cannot use {bundle}: " in str(caught.value)
    assert "tensor" in str(caught.value)
    assert str(caught.value).isprintable()


def test_an_engine_that_does_not_answer_is_lost(engine: Looker, model_full: Path) -> None:
    pid, threads = engine.submit(looking.keep_open, options(model_full), 0.5).result(LIMIT_S)
    threads = threads or threads_of(pid, "drishti")
    with frozen(threads):
        told = engine.submit(looking.look_again).result(LIMIT_S)
    engine.submit(looking.give_up).result(LIMIT_S)
    assert threads
    # A slow machine is given longer.
    assert re.fullmatch(r"no answer within [0-9.]+ s", told)
