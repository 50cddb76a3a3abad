"""How the processor's cores are shared out: by `workers` and `threads`, what auto means.

Pure but for asking how many cores this process may use.

`litert`: threads. They make the delay of a frame shorter and the frames more; more workers would
only do the second. `mediapipe`: one worker, because each of its landmarkers chooses for itself whom
it follows: where two people are in view, two workers may follow one each, and the stream then jumps
between them from frame to frame. (The workers of litert share what they follow.) It also has one
thread: MediaPipe gives its networks no more on Linux, and no option changes that.
"""

import os
from typing import Literal


def share(
    engine: str,
    workers: Literal["auto"] | int,
    threads: Literal["auto"] | int,
    cores: int | None = None,
) -> tuple[int, int]:
    """Workers, and threads of each, for `cores`; by default those this process may use.

    One core is left for the camera, the daemon and everybody else.
    """
    if cores is None:
        cores = len(os.sched_getaffinity(0))
    taken = 1 if workers == "auto" else workers
    if engine != "litert":
        return taken, 1
    free = max(1, cores - 1)
    return taken, max(1, free // taken) if threads == "auto" else threads
