"""The rival: MediaPipe by itself in LIVE_STREAM mode, one frame in flight, as a short script
does it. Knows nothing of edgepose.

`bare.py MODEL FOLDER COUNT BEGAN_NS` looks at COUNT frames, the folder's pictures again and again
from memory, and prints JSON: `began_ns` as given and `answers`, for each frame its number,
CLOCK_BOOTTIME of its callback, and how many people it holds.
"""

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import cv2
import mediapipe as mp


def main(model: str, folder: str, count: int, began_ns: int) -> None:
    pictures = [cv2.imread(str(p), cv2.IMREAD_COLOR_RGB) for p in sorted(Path(folder).iterdir())]
    answers: list[tuple[int, int, int]] = []
    answered = threading.Event()

    def on_result(result: Any, _image: Any, _timestamp_ms: int) -> None:
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        answers.append((len(answers), now_ns, len(result.pose_landmarks)))
        answered.set()

    vision = mp.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode.LIVE_STREAM,
        result_callback=on_result,
    )
    timestamp_ms = 0
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for number in range(count):
            image = mp.Image(
                image_format=mp.ImageFormat.SRGB, data=pictures[number % len(pictures)]
            )
            now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
            timestamp_ms = max(timestamp_ms + 1, now_ns // 1_000_000)
            landmarker.detect_async(image, timestamp_ms)
            if not answered.wait(30):
                sys.exit(f"no answer to frame {number}")
            answered.clear()
    print(json.dumps({"began_ns": began_ns, "answers": answers}))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
