"""Runs a Python program without network: `python -m tests.bench.quiet PROGRAM ...`.

Owns nothing: it puts on the vision process's own sandbox, which outlives an exec, and becomes the
program. So the rival sends no usage metrics either, and pays nothing for that: `{began_ns}` among
the arguments becomes CLOCK_BOOTTIME at the exec.
"""

import os
import sys
import time

from edgepose.vision import sandbox

if __name__ == "__main__":
    sandbox.enter()
    now = str(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    words = [now if word == "{began_ns}" else word for word in sys.argv[1:]]
    os.execv(sys.executable, [sys.executable, *words])
