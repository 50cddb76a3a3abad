"""The rival: MediaPipe by itself in IMAGE and in VIDEO mode, as a short script does it. Knows
nothing of edgepose.

`bare_detect.py MODEL PATH ROUNDS` prints JSON: the times (CLOCK_BOOTTIME in nanoseconds) of all
results in their order. A folder's pictures are decoded before it begins, and looked at ROUNDS
times; a film is read frame by frame.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import mediapipe as mp


def now_ns() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def main(model: str, path: Path, rounds: int) -> None:
    vision = mp.tasks.vision
    mode = vision.RunningMode.IMAGE if path.is_dir() else vision.RunningMode.VIDEO
    options = vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=model), running_mode=mode
    )
    times = []
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        if path.is_dir():
            pictures = [cv2.imread(str(p), cv2.IMREAD_COLOR_RGB) for p in sorted(path.iterdir())]
            for picture in pictures * rounds:
                landmarker.detect(mp.Image(image_format=mp.ImageFormat.SRGB, data=picture))
                times.append(now_ns())
        else:
            film = cv2.VideoCapture(str(path))
            while (read := film.read())[0]:
                at_ms = round(film.get(cv2.CAP_PROP_POS_MSEC))
                picture = cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB)
                image = mp.Image(image_format=mp.ImageFormat.SRGB, data=picture)
                landmarker.detect_for_video(image, at_ms)
                times.append(now_ns())
    print(json.dumps(times))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
