"""What was under way in a room is waited for at the end, and what failed there is not kept."""

import gc
import subprocess
import sys
import weakref

import numpy as np
import pytest

from edgepose.landmarker.room import Room
from edgepose.vision.frame import Image
from tests.harness.wait import wait_for

INTERRUPTED = """
import os, signal, threading
from edgepose.landmarker.room import Room

def make():
    threading.main_thread().join()
    print("made", flush=True)

threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    Room.around(make)
except KeyboardInterrupt:
    print("interrupted", flush=True)
"""


def test_the_end_of_a_program_waits_for_what_was_being_made() -> None:
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPTED], capture_output=True, text=True, timeout=20, check=True
    )
    assert (done.stdout, done.stderr) == ("interrupted\nmade\n", "")


def test_a_picture_that_made_an_engine_raise_is_not_kept() -> None:
    def fails(image: Image) -> None:
        raise RuntimeError(f"{image.size} are too many")

    room = Room()
    picture = np.zeros((48, 64, 3), np.uint8)
    is_there = weakref.ref(picture)
    gc.disable()
    try:
        with pytest.raises(RuntimeError, match="9216 are too many"):
            room.call(fails, picture)
        del picture
        wait_for(lambda: is_there() is None, 5, "the picture to be gone")
    finally:
        gc.enable()
        room.close()
