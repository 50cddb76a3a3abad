"""Plain MediaPipe, as a short script uses it: `python -P -m edgepose.bench.bare FOLDER OPTIONS`.

A process of its own, behind the sandbox of the vision process. Looks at the folder's pictures
from memory again and again, in LIVE_STREAM mode, one frame in flight, until it is killed. OPTIONS:
JSON with `model` and MediaPipe's own options. Prints a line for each answer: ANSWER,
CLOCK_BOOTTIME of its callback in nanoseconds, and how many people it found.
"""

import json
import sys
import threading
import time
from itertools import cycle
from pathlib import Path
from typing import Any, Final

from edgepose.vision import expendable, sandbox

ANSWER: Final = "answer"
LIMIT_S: Final = 30.0
"""For one answer; the first comes with all the loading."""


def main(folder: Path, model: str, **options: Any) -> None:
    """Look and print, for ever."""
    try:
        import cv2
        import mediapipe as mp
    except ModuleNotFoundError:
        sys.exit("MediaPipe is not installed here")

    pictures = [cv2.imread(str(p), cv2.IMREAD_COLOR_RGB) for p in sorted(folder.iterdir())]
    answers: list[tuple[int, int]] = []
    answered = threading.Event()

    def on_result(result: Any, _image: Any, _timestamp_ms: int) -> None:
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        answers.append((now_ns, len(result.pose_landmarks)))
        answered.set()

    vision = mp.tasks.vision
    with vision.PoseLandmarker.create_from_options(
        vision.PoseLandmarkerOptions(
            base_options=mp.tasks.BaseOptions(model_asset_path=model),
            running_mode=vision.RunningMode.LIVE_STREAM,
            result_callback=on_result,
            **options,
        )
    ) as landmarker:
        timestamp_ms = 0
        for picture in cycle(pictures):
            image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
            now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            timestamp_ms = max(timestamp_ms + 1, now_ns // 1_000_000)
            landmarker.detect_async(image, timestamp_ms)
            if not answered.wait(LIMIT_S):
                sys.exit(f"no answer within {LIMIT_S:g} s")
            answered.clear()
            # Here, where it ends the process when nobody reads any more.
            print(ANSWER, *answers.pop(), flush=True)


if __name__ == "__main__":
    expendable.enter()
    sandbox.enter()
    main(Path(sys.argv[1]), **json.loads(sys.argv[2]))
