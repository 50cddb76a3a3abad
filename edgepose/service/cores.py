"""How the processor's cores are shared out: by `workers` and `threads`, what auto means.

Pure but for asking what this machine has.

`litert`: threads. They make both the delay of a frame shorter and the frames more; more workers
would only do the second. `mediapipe`: workers, because it gives its networks one thread on Linux
and no option changes that. Two are enough: each takes memory, and each more of them looks at frames
that lie further apart, which makes it lose a person who is quick. Two tremble no more than one does
(`tests/vision/test_jitter.py`), or auto would stay at one.
"""

import os
from typing import Final, Literal

from edgepose.models.resolve import LITE_BELOW, physical_memory

MOST_WORKERS: Final = 2
"""Of `mediapipe`, where it is for us to choose."""


def share(
    engine: str,
    workers: Literal["auto"] | int,
    threads: Literal["auto"] | int,
    cores: int | None = None,
    memory: int | None = None,
) -> tuple[int, int]:
    """Workers, and threads of each, for `cores`; by default those this process may use.

    One core is left for the camera, the daemon and everybody else. `memory`: bytes of physical
    memory, by default this machine's.
    """
    if cores is None:
        cores = len(os.sched_getaffinity(0))
    if memory is None:
        memory = physical_memory()
    free = max(1, cores - 1)
    if workers != "auto":
        taken = workers
    elif engine == "mediapipe" and memory >= LITE_BELOW:
        taken = min(MOST_WORKERS, free)
    else:
        # A second landmarker of MediaPipe's takes some 85 MB that a small board has not.
        taken = 1
    if engine != "litert":
        return taken, 1
    return taken, max(1, free // taken) if threads == "auto" else threads
