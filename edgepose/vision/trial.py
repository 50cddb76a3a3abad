"""`python -P -m edgepose.vision.trial ENGINE MODEL`: does this engine work on this machine?

Started by the daemon and the installer, not by people, as a process of its own: a library made
for another processor ends it by a signal, and one that hangs can be killed. The engine looks at one
drawn person behind the sandbox of the vision process, so that both networks run. Whoever started
it sets the time limit; it goes with the thread that started it.

Exit status 0, and no word of ours, where the engine works. Else the last line of stderr is the
reason; the exit status is that of a UserError, where the bundle or the kernel is at fault, or
ENGINE_FAILED. Where the library itself ends the process, the last line is the library's own.
"""

import os
import resource
import sys
import threading
from typing import Final

from edgepose.errors import UserError
from edgepose.vision import expendable, sandbox

ENGINE_FAILED: Final = 1


def main(name: str, model: str) -> None:
    """Try the engine called `name` with the bundle at `model`, and exit."""
    expendable.enter()
    # An abort here is an answer, not a crash that somebody will look into.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    reason, code = "", 0
    try:
        sandbox.enter()
        _look(name, model)
    except UserError as error:
        reason, code = str(error), error.exit_code
    except Exception as error:  # noqa: BLE001 - whatever ends it is the answer that was asked for
        reason, code = f"{type(error).__name__}: {error}", ENGINE_FAILED
    if code:
        print(" ".join(reason.split()), file=sys.stderr, flush=True)
    # An engine that hangs as it is closed, or wants to tell its maker something then, does not.
    os._exit(code)


def _look(name: str, model: str) -> None:
    # Not before the sandbox: numpy alone starts threads.
    from edgepose.vision.engines import EngineLost, EngineOptions, detect
    from edgepose.vision.engines.opening import open_engine
    from edgepose.vision.sources.actor import ActorSource

    engine = open_engine(name, EngineOptions(model))
    frame = next(ActorSource("standing", (640, 480), 0).frames(threading.Event()))
    if not detect(engine, frame.image, frame.captured_ns).people:
        raise EngineLost("it finds nobody in the picture of a person")


if __name__ == "__main__":
    main(*sys.argv[1:])
