"""A program that forgets to close its landmarker ends like any other; Ctrl-C is heard at once."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness.interrupt import interrupt

OPEN = """
import sys
import numpy as np
from edgepose.landmarker import PoseLandmarker

picture = np.zeros((48, 64, 3), np.uint8)
stream = PoseLandmarker.open(
    sys.argv[1], engine=sys.argv[2], running_mode="LIVE_STREAM", result_callback=lambda *_: None
)
stream.detect_async(picture, 0)
landmarker = PoseLandmarker.open(sys.argv[1], engine=sys.argv[2])
landmarker.detect(picture)
"""
INTERRUPTED = """
import _thread, threading
threading.Timer(0.2, _thread.interrupt_main).start()
try:
    with landmarker:
        while True:
            landmarker.detect(picture)
except KeyboardInterrupt:
    print("interrupted")
"""
HANGING = """
import ctypes
from edgepose.landmarker import room

def hang(*_):
    print("hangs", flush=True)
    # Where no Python runs, and no signal is heard.
    ctypes.CDLL(None).pause()

room.ENDS_S = 0.2
engine = landmarker._running._engine
if sys.argv[2] == "mediapipe":
    # Where MediaPipe calls its library.
    library = engine._landmarker._lib
    library.MpPoseLandmarkerDetectImage = lambda *_: library._executor.submit(hang).result()
else:
    engine.tracker.look = hang
with landmarker:
    landmarker.detect(picture)
"""
STREAMING = """
for stamp in range(1, 9):
    stream.detect_async(picture, stamp)
"""
LEFT_IN_A_GENERATOR = """
import sys
import numpy as np
from edgepose.landmarker import PoseLandmarker

def looked():
    with PoseLandmarker.open(sys.argv[1], engine=sys.argv[2]) as landmarker:
        while True:
            yield landmarker.detect(np.zeros((48, 64, 3), np.uint8))

results = looked()
next(results)
"""


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_a_program_in_which_an_engine_hangs_can_be_interrupted(
    model_full: Path, engine: str
) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", OPEN + HANGING, str(model_full), engine],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "hangs\n"
        interrupt(process.pid)
        try:
            rest, said = process.communicate(timeout=30)
        finally:
            process.kill()
    assert (process.returncode, rest) == (-signal.SIGINT, "")
    assert said.splitlines()[-1] == "KeyboardInterrupt"


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
@pytest.mark.parametrize(
    ("program", "says"),
    [
        (OPEN, ""),
        ("import mediapipe" + OPEN, ""),
        (OPEN + INTERRUPTED, "interrupted\n"),
        (OPEN + STREAMING, ""),
        (LEFT_IN_A_GENERATOR, ""),
    ],
    ids=["plain", "imported", "interrupted", "streaming", "generator"],
)
def test_the_end_of_a_program(model_full: Path, engine: str, program: str, says: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", program, str(model_full), engine],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout == says
    assert "Traceback" not in done.stderr
