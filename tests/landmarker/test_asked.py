"""What the landmarker says to what it is given, and what becomes of pictures that come too fast."""

import re
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest

from edgepose.landmarker import PoseLandmarker, UserError
from tests.harness.sandboxed import sandboxed
from tests.landmarker import asked

LIMIT_S: Final = 60
ENGINES: Final = ["mediapipe", "litert"]
ANY: Any = PoseLandmarker
"""Without its types, as a program may call it."""


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    with sandboxed() as running:
        yield running


REFUSED: Final[dict[str, Any]] = {
    "TypeError: an image is a numpy array, found list": [[0, 0, 0]],
    "TypeError: an image is a numpy array, found NoneType": None,
    "FrameRefused: uint8 of shape (48, 64), expected RGB uint8": np.zeros((48, 64), np.uint8),
    "FrameRefused: uint8 of shape (48, 64, 4), expected RGB uint8": np.zeros((48, 64, 4), np.uint8),
    "FrameRefused: float32 of shape (48, 64, 3), expected RGB uint8": np.zeros(
        (48, 64, 3), np.float32
    ),
    "FrameRefused: uint16 of shape (48, 64, 3), expected RGB uint8": np.zeros(
        (48, 64, 3), np.uint16
    ),
    "FrameRefused: uint8 of shape (1, 48, 64, 3), expected RGB uint8": np.zeros(
        (1, 48, 64, 3), np.uint8
    ),
    "FrameRefused: 64x0, allowed 8 to 16384 each way": np.zeros((0, 64, 3), np.uint8),
    "FrameRefused: 7x48, allowed 8 to 16384 each way": np.zeros((48, 7, 3), np.uint8),
    # This one would end MediaPipe's process.
    "FrameRefused: 32767x8, allowed 8 to 16384 each way": np.zeros((8, 32767, 3), np.uint8),
}
TAKEN: Final = [
    np.zeros((8, 16384, 3), np.uint8),
    np.broadcast_to(np.uint8(7), (48, 64, 3)),
    np.zeros((48, 64, 3), np.uint8)[::-1, ::-2, ::-1],
    np.asfortranarray(np.zeros((48, 64, 3), np.uint8)),
]


@pytest.mark.parametrize("engine", ENGINES)
def test_pictures(pool: ProcessPoolExecutor, model_full: Path, engine: str) -> None:
    shown = [*REFUSED.values(), *TAKEN]
    heard = pool.submit(asked.images, engine, str(model_full), shown).result(LIMIT_S)
    assert heard == [*REFUSED, *["done"] * 5]


@pytest.mark.parametrize("engine", ENGINES)
def test_stamps(pool: ProcessPoolExecutor, model_full: Path, engine: str) -> None:
    given = [-5, -5, 2.0, -6, np.int32(0), 2**63, 1]
    heard = pool.submit(asked.stamps, engine, str(model_full), given).result(LIMIT_S)
    film = "each picture must be later than the one before, another film needs another landmarker"
    assert heard == [
        "done",
        f"ValueError: timestamp_ms -5 does not rise, the one before was -5: {film}",
        "TypeError: timestamp_ms is 2.0, a whole number of milliseconds is expected",
        f"ValueError: timestamp_ms -6 does not rise, the one before was -5: {film}",
        "done",
        f"ValueError: timestamp_ms {2**63} is {2**63 + 5} after the first one, allowed are "
        f"{2**52 // 1000}: milliseconds are meant",
        "done",
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_each_mode_has_its_method(pool: ProcessPoolExecutor, model_full: Path, engine: str) -> None:
    heard = pool.submit(asked.methods, engine, str(model_full)).result(LIMIT_S)
    names = {"IMAGE": "detect", "VIDEO": "detect_for_video", "LIVE_STREAM": "detect_async"}
    for mode, answers in heard.items():
        wrong = [
            f"ValueError: {method} is for running_mode {other}; this landmarker is in {mode}: "
            f"{names[mode]}"
            for other, method in names.items()
            if other != mode
        ]
        assert answers == [*wrong, "RuntimeError: the landmarker is closed"]


@pytest.mark.parametrize("engine", ENGINES)
def test_shapes(pool: ProcessPoolExecutor, model_full: Path, engine: str) -> None:
    seen = pool.submit(asked.nobody, engine, str(model_full)).result(LIMIT_S)
    assert seen == [
        [0, (0, 33, 5), (0, 33, 3)],
        [1, (1, 33, 5), (1, 33, 3)],
        [0, (0, 33, 5), (0, 33, 3), (0, 48, 64)],
        [1, (1, 33, 5), (1, 33, 3), (1, 480, 640)],
    ]


@pytest.mark.parametrize("engine", ENGINES)
def test_of_each_picture_of_a_stream_one_thing_is_told(
    pool: ProcessPoolExecutor, model_full: Path, engine: str
) -> None:
    looking = pool.submit(asked.flooded, engine, str(model_full))
    answered, dropped, right = looking.result(LIMIT_S)
    assert answered == [0, 49]
    assert dropped == list(range(1, 49))
    assert all(right)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_callback_may_close_the_landmarker(
    pool: ProcessPoolExecutor, model_full: Path, engine: str
) -> None:
    told = pool.submit(asked.closed_by_a_callback, engine, str(model_full)).result(LIMIT_S)
    assert told == ["dropped 1", "dropped 2", "dropped 3", "answered 0"]


def test_a_callback_that_fails_ends_no_stream(pool: ProcessPoolExecutor, model_full: Path) -> None:
    assert pool.submit(asked.callback_fails, "litert", str(model_full)).result(LIMIT_S) == [0, 1]


def test_an_engine_that_gives_no_answer_is_told(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    heard, dropped = pool.submit(asked.engine_lost, str(model_full)).result(LIMIT_S)
    assert heard == ["done", "EngineLost: no answer within 0.3 s"]
    assert dropped == [5]


def test_a_child_does_not_wait_for_its_parent_s_thread(
    pool: ProcessPoolExecutor, model_full: Path
) -> None:
    refused = "RuntimeError: the landmarker was opened before this process was forked: open it here"
    heard = pool.submit(asked.after_a_fork, str(model_full)).result(LIMIT_S)
    assert heard == [refused, refused, "done", "done"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "openpose"}, "engine is 'openpose', allowed mediapipe, litert"),
        ({"running_mode": "FILM"}, "running_mode is 'FILM', allowed IMAGE, VIDEO, LIVE_STREAM"),
        ({"num_poses": 0}, "num_poses is 0, allowed from 1"),
        ({"threads": -1}, "threads is -1, allowed from 1"),
        ({"min_tracking_confidence": 1.5}, "min_tracking_confidence is 1.5, allowed 0 to 1"),
        (
            {"min_pose_presence_confidence": float("nan")},
            "min_pose_presence_confidence is nan, allowed 0 to 1",
        ),
        ({"running_mode": "LIVE_STREAM"}, "LIVE_STREAM mode needs a result_callback"),
        ({"result_callback": print}, "IMAGE mode takes no result_callback"),
        (
            {"running_mode": "VIDEO", "dropped_callback": print},
            "VIDEO mode drops nothing and takes no dropped_callback",
        ),
    ],
    ids=str,
)
def test_options_that_mean_nothing(model_full: Path, options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)):
        ANY.open(model_full, **options)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"num_poses": "2"}, "num_poses is '2', a whole number is expected"),
        ({"threads": 1.5}, "threads is 1.5, a whole number is expected"),
        ({"min_tracking_confidence": "1"}, "min_tracking_confidence is '1', a number is expected"),
        (
            {"min_pose_presence_confidence": None},
            "min_pose_presence_confidence is None, a number is expected",
        ),
    ],
    ids=str,
)
def test_options_that_are_no_numbers(
    model_full: Path, options: dict[str, Any], message: str
) -> None:
    with pytest.raises(TypeError, match=re.escape(message)):
        ANY.open(model_full, **options)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_bundle_that_is_none(tmp_path: Path, engine: str) -> None:
    bundle = tmp_path / "none.task"
    bundle.write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"^model: .*none\.task is not for the Pose Landmarker: "):
        ANY.open(bundle, engine=engine)
