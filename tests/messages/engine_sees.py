"""Prints what the engine sees in films and pictures: `python -m tests.messages.engine_sees`.

In a process of its own, because only the sandbox keeps the engine off the network. Arguments:
the bundle, then the files. One line of JSON for each person: landmarks and world landmarks.
"""

import json
import os
import sys

from edgepose.vision import sandbox


def main(bundle: str, *files: str) -> None:
    """Look at every file."""
    sandbox.enter()
    import cv2
    import numpy as np

    from edgepose.vision.engines import EngineOptions, detect
    from edgepose.vision.engines.mediapipe.engine import MediaPipeEngine

    engine = MediaPipeEngine(EngineOptions(bundle))
    time_ns = 0
    for file in files:
        film = cv2.VideoCapture(file)
        while (read := film.read())[0]:
            time_ns += 33_000_000
            image = np.asarray(cv2.cvtColor(read[1], cv2.COLOR_BGR2RGB), np.uint8)
            for person in detect(engine, image, time_ns).people:
                print(json.dumps([person.landmarks, person.world]))


if __name__ == "__main__":
    main(*sys.argv[1:])
    sys.stdout.flush()
    # As the vision process ends: the engine's own threads may take their time.
    os._exit(0)
