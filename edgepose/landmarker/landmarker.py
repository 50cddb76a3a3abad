"""The Pose Landmarker as a program in Python opens and asks it.

Owns what is checked before an engine sees a picture, and which method belongs to which running
mode. Any thread may call; the pictures of several are looked at one after the other.
"""

import os
from types import TracebackType
from typing import Final, Self, SupportsIndex, TypeVar

import numpy as np

from edgepose.errors import UserError
from edgepose.landmarker.direct import Direct
from edgepose.landmarker.live import DroppedCallback, LiveStream, ResultCallback
from edgepose.landmarker.options import EngineName, check, check_names
from edgepose.landmarker.result import PoseLandmarkerResult
from edgepose.models import resolve
from edgepose.vision.engines import (
    MAX_SIDE,
    EngineOptions,
    RunningMode,
    check_picture,
)
from edgepose.vision.frame import Image

LARGEST: Final = 16384
"""Pixels each way of a picture in IMAGE and VIDEO mode. From 32767 on MediaPipe's OpenCV ends the
process."""
METHODS: Final = {"IMAGE": "detect", "VIDEO": "detect_for_video", "LIVE_STREAM": "detect_async"}

T = TypeVar("T", Direct, LiveStream)


class PoseLandmarker:
    """Finds the landmarks of people in pictures. Made by `open`; close it, or use it in a `with`.

    A picture is a numpy array, uint8 of shape (height, width, 3), RGB, 8 to 16384 pixels each way
    (LIVE_STREAM: to 4096). It may be a view and read-only. Anything else is refused: TypeError for
    what is no array, else `FrameRefused`, a ValueError, which says what was found and what is
    expected. Grey: `np.stack([grey] * 3, axis=-1)`; RGBA: `rgba[..., :3]`; BGR, as OpenCV reads:
    `bgr[..., ::-1]`.

    MediaPipe sends usage metrics to its maker. Here it does not: it is imported, opened and used on
    a thread that the kernel lets connect to nothing (seccomp), and the threads that it starts there
    inherit that. The rest of the program keeps its network, callbacks included. That the program
    has imported MediaPipe before does no harm; a landmarker of MediaPipe's that it opens without
    this class sends metrics as ever. `edgepose.vision.sandbox.enter()`, called before all else,
    puts the whole program behind the filter instead. After a fork open a landmarker anew.
    """

    def __init__(self, running: Direct | LiveStream, mode: RunningMode) -> None:
        self._running: Direct | LiveStream | None = running
        self._mode = mode

    @classmethod
    def open(
        cls,
        model: str | os.PathLike[str] = "auto",
        *,
        running_mode: RunningMode = "IMAGE",
        engine: EngineName = "mediapipe",
        num_poses: int = 1,
        min_pose_detection_confidence: float = 0.5,
        min_pose_presence_confidence: float = 0.5,
        min_tracking_confidence: float = 0.5,
        output_segmentation_masks: bool = False,
        threads: int = 1,
        result_callback: ResultCallback | None = None,
        dropped_callback: DroppedCallback | None = None,
    ) -> Self:
        """Open an engine; takes some tenths of a second.

        `model`: `lite`, `full` or `heavy`, which `edgepose model get` fetches, `auto`, or the path
        of a `.task` bundle. `running_mode`, and the method that belongs to it: `IMAGE`, `detect`;
        `VIDEO`, `detect_for_video`; `LIVE_STREAM`, `detect_async` and a `result_callback`.
        `engine`: `mediapipe`, or `litert`, which finds the same and shares the work on one picture
        among `threads`; there is no `auto`, which would try MediaPipe in a process of its own. The
        rest are the options of MediaPipe's task, with its defaults;
        confidences are 0 to 1. Where more than one person is wanted nobody is smoothed, whatever
        the mode.

        Raises ValueError for what is not allowed, TypeError for what is no number. UserError, one
        line with what to do, where the engine or the bundle is missing or no good; ImportError or
        OSError where the engine's library does not load. On a Pi before the 5 MediaPipe's library
        ends the process: take `litert` there.
        """
        check_names(engine, running_mode)
        if (running_mode == "LIVE_STREAM") != (result_callback is not None):
            needs = "takes no" if result_callback else "needs a"
            raise ValueError(f"{running_mode} mode {needs} result_callback")
        if running_mode != "LIVE_STREAM" and dropped_callback is not None:
            raise ValueError(f"{running_mode} mode drops nothing and takes no dropped_callback")
        try:
            options = EngineOptions(
                model=str(resolve.resolve(os.fspath(model)).path),
                num_poses=num_poses,
                min_pose_detection_confidence=min_pose_detection_confidence,
                min_pose_presence_confidence=min_pose_presence_confidence,
                min_tracking_confidence=min_tracking_confidence,
                output_segmentation_masks=output_segmentation_masks,
                threads=threads,
            )
            running: Direct | LiveStream
            if running_mode == "LIVE_STREAM":
                assert result_callback is not None
                running = LiveStream(engine, check(options), result_callback, dropped_callback)
            else:
                running = Direct(engine, check(options), running_mode)
        except UserError as error:
            # It names keys of the configuration, which are called as the options here are.
            raise UserError(str(error).removeprefix("detection."), error.exit_code) from error
        return cls(running, running_mode)

    def detect(self, image: Image) -> PoseLandmarkerResult:
        """IMAGE mode: who is in the picture, which is looked at for itself.

        Raises what the class says of pictures, and `EngineLost`, a RuntimeError, where the engine
        breaks: it is of no more use then. It waits without a limit; Ctrl-C ends the wait, and the
        program, also where the engine hangs. Whoever needs a limit takes LIVE_STREAM mode.
        """
        return self._as(Direct, "IMAGE").look(checked(image, LARGEST), None)

    def detect_for_video(self, image: Image, timestamp_ms: SupportsIndex) -> PoseLandmarkerResult:
        """VIDEO mode: who is in the next picture of a film.

        `timestamp_ms`: its time in whole milliseconds, of any origin; each must be later than the
        one before. Whoever was found is followed, and smoothed over that time where `num_poses`
        is 1. Raises what `detect` raises, and ValueError for a stamp that does not rise, after
        which the film can go on.
        """
        return self._as(Direct, "VIDEO").look(checked(image, LARGEST), timestamp_ms)

    def detect_async(self, image: Image, timestamp_ms: SupportsIndex) -> None:
        """LIVE_STREAM mode: take a copy of the picture and return at once.

        `timestamp_ms` as in `detect_for_video`. One picture is looked at and one may wait; a newer
        one takes the place of that which waits. So of each picture that is taken exactly one is
        called: `result_callback(result, image, timestamp_ms)`, on a thread of the landmarker's, or
        `dropped_callback(image, timestamp_ms)`, on the thread on which it was found out, mostly
        that which gave the newer one. `image` is the copy. While a callback takes its time
        pictures are dropped; an exception in it is logged.

        Raises what `detect_for_video` raises. Where the engine breaks or gives no answer in time,
        the pictures in its hands are dropped, and the next call raises `EngineLost`.
        """
        self._as(LiveStream, "LIVE_STREAM").show(checked(image, MAX_SIDE), timestamp_ms)

    def _as(self, kind: type[T], mode: RunningMode) -> T:
        if mode != self._mode:
            asked, right = METHODS[mode], METHODS[self._mode]
            raise ValueError(
                f"{asked} is for running_mode {mode}; this landmarker is in {self._mode}: {right}"
            )
        if not isinstance(self._running, kind):
            raise RuntimeError("the landmarker is closed")
        return self._running

    def close(self) -> None:
        """Give memory and threads back; may be called again. In a child of a fork it does nothing.

        In LIVE_STREAM mode what was taken is looked at and told first. Where a callback closes
        the landmarker, what waits is dropped instead.
        """
        running, self._running = self._running, None
        if running is not None:
            running.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


def checked(image: Image, largest: int) -> Image:
    """The picture, if it is one; callers need not have types that are checked."""
    if not isinstance(image, np.ndarray):
        raise TypeError(f"an image is a numpy array, found {type(image).__name__}")
    check_picture(image, largest)
    return image
