"""How long one frame takes each engine, alone and one after the other on the same pictures.

Without world landmarks, which are off by default.

`delays.py MODEL FOLDER ROUNDS` runs behind `quiet.py` and prints JSON: for each frame behind the
first round the milliseconds of `mediapipe`, of `litert` with 2 threads, and of what litert spent
outside its networks (`own`); `detections`: how often its detector ran in the rounds, and in how
many of the frames nobody was found.
"""

import json
import sys
import time
from pathlib import Path

import cv2
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from edgepose.vision.engines import EngineOptions, detect
from edgepose.vision.engines.litert.engine import LiteRtEngine
from edgepose.vision.engines.litert.tracker import Regions
from edgepose.vision.engines.opening import open_engine

STEP_NS = 33_000_000


def main(model: str, folder: str, rounds: int) -> None:
    pictures = [
        np.asarray(cv2.imread(str(p), cv2.IMREAD_COLOR_RGB)) for p in sorted(Path(folder).iterdir())
    ]
    inside = 0.0
    plain = Interpreter.invoke

    def timed(network: Interpreter) -> None:
        nonlocal inside
        began = time.perf_counter()
        plain(network)
        inside += time.perf_counter() - began

    Interpreter.invoke = timed
    theirs = open_engine("mediapipe", EngineOptions(model, world=False))
    ours = LiteRtEngine(EngineOptions(model, threads=2, world=False), Regions())
    rows: list[list[float]] = []
    nobody = before = 0
    for number in range(rounds * len(pictures)):
        if number == len(pictures):
            rows, nobody, before = [], 0, ours.tracker.detections
        picture, at_ns = pictures[number % len(pictures)], (number + 1) * STEP_NS
        began = time.perf_counter()
        detect(theirs, picture, at_ns)
        middle, inside = time.perf_counter(), 0.0
        result = detect(ours, picture, at_ns)
        end = time.perf_counter()
        nobody += not result.people
        rows.append([1e3 * (middle - began), 1e3 * (end - middle), 1e3 * (end - middle - inside)])
    print(
        json.dumps(
            {
                "rows": rows,
                "detections": ours.tracker.detections - before,
                "nobody": nobody,
            }
        ),
        flush=True,
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
