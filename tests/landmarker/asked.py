"""How the landmarker answers what it is asked.

These functions run in the sandboxed process of `sandboxed`.
"""

import os
import threading
from collections.abc import Callable
from typing import Any, Final, cast

import numpy as np

from edgepose.landmarker import PoseLandmarker
from edgepose.vision.engines.mediapipe import engine as live_engine
from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from tests.harness.wait import wait_for

BLANK: Final = np.zeros((48, 64, 3), np.uint8)
LIMIT_S: Final = 20.0


def said(do: Callable[[], object]) -> str:
    """What comes of it: `done`, or the error in one line."""
    try:
        do()
    except Exception as error:  # noqa: BLE001 - the answer that is looked at
        return f"{type(error).__name__}: {error}"
    return "done"


def standing() -> Image:
    """Somebody, 640x480."""
    return next(ActorSource("standing", (640, 480), 0).frames(threading.Event())).image


def images(engine: str, model: str, shown: list[Any]) -> list[str]:
    """What is said to these pictures and to a good one after them."""
    with PoseLandmarker.open(model, engine=cast(Any, engine)) as landmarker:
        return [said(lambda each=each: landmarker.detect(each)) for each in (*shown, BLANK)]  # type: ignore[misc]


def stamps(engine: str, model: str, given: list[Any]) -> list[str]:
    """What is said to pictures with these stamps, one after the other."""
    with PoseLandmarker.open(model, engine=cast(Any, engine), running_mode="VIDEO") as landmarker:
        return [
            said(lambda stamp=stamp: landmarker.detect_for_video(BLANK, stamp))  # type: ignore[misc]
            for stamp in given
        ]


def methods(engine: str, model: str) -> dict[str, list[str]]:
    """What each mode says to each method, then to the right one when it is closed."""
    heard: dict[str, list[str]] = {}
    for mode in ("IMAGE", "VIDEO", "LIVE_STREAM"):
        callback = {"result_callback": print} if mode == "LIVE_STREAM" else {}
        landmarker = PoseLandmarker.open(
            model,
            engine=cast(Any, engine),
            running_mode=cast(Any, mode),
            **cast(Any, callback),
        )
        asks = {
            "IMAGE": lambda: landmarker.detect(BLANK),  # noqa: B023 - called in this round
            "VIDEO": lambda: landmarker.detect_for_video(BLANK, 1),  # noqa: B023
            "LIVE_STREAM": lambda: landmarker.detect_async(BLANK, 1),  # noqa: B023
        }
        heard[mode] = [said(ask) for name, ask in asks.items() if name != mode]
        landmarker.close()
        landmarker.close()
        heard[mode].append(said(asks[mode]))
    return heard


def nobody(engine: str, model: str) -> list[Any]:
    """Shapes and types where nobody is, and where somebody is; with masks and without."""
    seen: list[Any] = []
    for masks in (False, True):
        with PoseLandmarker.open(
            model, engine=cast(Any, engine), output_segmentation_masks=masks
        ) as landmarker:
            for image in (BLANK, standing()):
                result = landmarker.detect(image)
                arrays = [result.pose_landmarks, result.pose_world_landmarks]
                arrays += [] if result.segmentation_masks is None else [result.segmentation_masks]
                assert all(each.dtype == np.float32 for each in arrays)
                seen.append([len(result.people), *(each.shape for each in arrays)])
    return seen


def flooded(engine: str, model: str) -> tuple[list[int], list[int], list[bool]]:
    """The stamps of fifty pictures that come faster than they are looked at, from an array that is
    used again: those whose results were told, those that were dropped, and whether each result is
    of the picture that it came with. The first callback waits until all the others have come."""
    answered: list[int] = []
    dropped: list[int] = []
    right: list[bool] = []
    told, sent = threading.Event(), threading.Event()

    def tell(result: Any, image: Image, timestamp_ms: int) -> None:
        told.set()
        sent.wait(LIMIT_S)
        answered.append(timestamp_ms)
        right.append(bool(result.people) == bool(image.any()) == (timestamp_ms % 2 == 0))

    somebody = standing()
    again = np.empty_like(somebody)
    landmarker = PoseLandmarker.open(
        model,
        engine=cast(Any, engine),
        running_mode="LIVE_STREAM",
        result_callback=tell,
        dropped_callback=lambda _image, timestamp_ms: dropped.append(timestamp_ms),
    )
    for stamp in range(50):
        again[:] = 0 if stamp % 2 else somebody
        landmarker.detect_async(again, stamp)
        told.wait(LIMIT_S)
    again[:] = somebody
    sent.set()
    landmarker.close()
    return answered, dropped, right


def closed_by_a_callback(engine: str, model: str) -> list[str]:
    """What is told when the first callback closes the landmarker while more have come."""
    told: list[str] = []
    begun, sent = threading.Event(), threading.Event()

    def tell(_result: Any, _image: Image, timestamp_ms: int) -> None:
        begun.set()
        sent.wait(LIMIT_S)
        landmarker.close()
        told.append(f"answered {timestamp_ms}")

    landmarker = PoseLandmarker.open(
        model,
        engine=cast(Any, engine),
        running_mode="LIVE_STREAM",
        result_callback=tell,
        dropped_callback=lambda _image, timestamp_ms: told.append(f"dropped {timestamp_ms}"),
    )
    for stamp in range(4):
        landmarker.detect_async(BLANK, stamp)
        begun.wait(LIMIT_S)
    sent.set()
    wait_for(lambda: len(told) == 4, LIMIT_S, "a word on each picture")
    return told


def callback_fails(engine: str, model: str) -> list[int]:
    """The stamps of the pictures that a callback was called for that fails each time."""
    told: list[int] = []

    def tell(_result: Any, _image: Image, timestamp_ms: int) -> None:
        told.append(timestamp_ms)
        raise ValueError("a fault")

    with PoseLandmarker.open(
        model,
        engine=cast(Any, engine),
        running_mode="LIVE_STREAM",
        result_callback=tell,
    ) as landmarker:
        for stamp in range(2):
            landmarker.detect_async(BLANK, stamp)
            wait_for(lambda stamp=stamp: stamp in told, LIMIT_S, "the callback")  # type: ignore[misc]
    return told


def engine_lost(model: str) -> tuple[list[str], list[int]]:
    """What is said to pictures once MediaPipe swallows an answer, and which were dropped."""
    plain = live_engine.MediaPipeEngine._on_result
    answers: list[object] = []
    dropped: list[int] = []

    def swallow(engine: Any, *result: Any) -> None:
        # The first one comes as it opens.
        answers.append(result)
        if len(answers) == 1:
            plain(engine, *result)

    live_engine.ANSWER_S = 0.3  # type: ignore[misc]
    live_engine.MediaPipeEngine._on_result = swallow  # type: ignore[method-assign, assignment]
    try:
        landmarker = PoseLandmarker.open(
            model,
            running_mode="LIVE_STREAM",
            result_callback=lambda *_: answers.clear(),
            dropped_callback=lambda _image, timestamp_ms: dropped.append(timestamp_ms),
        )
    finally:
        live_engine.MediaPipeEngine._on_result = plain  # type: ignore[method-assign]
    heard = [said(lambda: landmarker.detect_async(BLANK, 5))]
    wait_for(lambda: 5 in dropped, LIMIT_S, "the picture in its hands is dropped")
    heard.append(said(lambda: landmarker.detect_async(BLANK, 6)))
    landmarker.close()
    return heard, dropped


def after_a_fork(model: str) -> list[str]:
    """What landmarkers say in a child that was forked after they were opened: to a picture, and
    when they are closed."""
    with (
        PoseLandmarker.open(model, engine="litert") as landmarker,
        PoseLandmarker.open(
            model, engine="litert", running_mode="LIVE_STREAM", result_callback=print
        ) as stream,
    ):
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            asks = (
                lambda: landmarker.detect(BLANK),
                lambda: stream.detect_async(BLANK, 1),
                landmarker.close,
                stream.close,
            )
            os.write(writing, "\n".join(map(said, asks)).encode())
            os._exit(0)
        os.close(writing)
        os.waitpid(child, 0)
        with os.fdopen(reading) as answer:
            return answer.read().splitlines()
