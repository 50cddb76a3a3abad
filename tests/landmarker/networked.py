"""A program with a network that opens a landmarker: `networked.py ENGINE MODEL PORT`.

Prints one line of JSON: for each thread that the landmarker has begun, whether it is behind a
filter more than the main thread is; and what a connection to the port gave from the main thread,
and from a callback. strace looks at it.
"""

import json
import os
import socket
import sys
from pathlib import Path
from typing import Any, cast

import numpy as np

from edgepose.landmarker import PoseLandmarker


def filters() -> dict[int, int]:
    """How many seccomp filters each thread is behind."""
    found = {}
    for task in Path("/proc/self/task").iterdir():
        fields = dict(
            line.split(":", 1) for line in (task / "status").read_text().splitlines() if ":" in line
        )
        found[int(task.name)] = int(fields["Seccomp_filters"])
    return found


def connect(port: int) -> str:
    """What comes of it."""
    try:
        socket.create_connection(("127.0.0.1", port), 5).close()
    except OSError as error:
        return str(error)
    return "connected"


def main(engine: str, model: str, port: int) -> None:
    # Threads that are here before are the program's own.
    before = filters()
    picture = np.zeros((48, 64, 3), np.uint8)
    with PoseLandmarker.open(model, engine=cast(Any, engine)) as landmarker:
        landmarker.detect(picture)
        behind = filters()
    own = behind[os.getpid()]
    heard: list[str] = []
    with PoseLandmarker.open(
        model,
        engine=cast(Any, engine),
        running_mode="LIVE_STREAM",
        result_callback=lambda *_: heard.append(connect(port)),
    ) as stream:
        stream.detect_async(picture, 0)
    begun = [count - own for task, count in behind.items() if task not in before]
    print(json.dumps([begun, connect(port), heard]))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
