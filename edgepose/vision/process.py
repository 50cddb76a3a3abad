"""The vision process: wiring, from the first line to the last.

Main thread: waits for commands of the daemon. Capture thread: source, pacer, slot. Worker
threads: engines, link. Where pictures are allowed, a thread encodes those that are asked for. The
order matters: the sandbox stands before an engine or a camera is imported, and the camera is given
back before the process goes.
"""

import logging
import os
import socket
import sys
import time
from typing import Any, Final

from edgepose.errors import EX_SOFTWARE, EX_UNAVAILABLE, UserError
from edgepose.messages.control import (
    AllowPictures,
    AskPictures,
    AskStill,
    Configure,
    SetRate,
    Stop,
)
from edgepose.messages.observation import Event
from edgepose.messages.page import Page
from edgepose.vision import expendable, sandbox
from edgepose.vision.link import Link

STOP_S: Final = 0.8
"""How long the threads may take to finish the frames in their hands when the daemon says stop."""


def main(arguments: list[str]) -> int:
    """Run until the daemon says stop or is gone. `arguments`: descriptors of link and page."""
    expendable.enter()
    # The daemon reads these lines and knows their level by the prefix.
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="<%(levelno)s>%(message)s")
    link = Link(socket.socket(fileno=int(arguments[0])))
    page = Page(int(arguments[1]))
    try:
        sandbox.enter()
        configure = link.receive()
        if not isinstance(configure, Configure):
            return 0
        code = _run(configure, link, page)
    except UserError as error:
        link.tell(Event("failed", {"part": "vision", "message": str(error)}))
        code = error.exit_code
    except Exception as error:  # noqa: BLE001 - a defect is told in one line, and ends as below
        link.tell(
            Event("failed", {"part": "vision", "message": f"{type(error).__name__}: {error}"})
        )
        code = EX_SOFTWARE
    # The camera is given back by now. What is left are the engine's own threads and memory,
    # which the kernel frees faster and surer: an engine that hangs would hold a normal exit.
    sys.stderr.flush()
    os._exit(code)


def _run(configure: Configure, link: Link, page: Page) -> int:
    # Not before the sandbox: numpy alone starts threads.
    from edgepose.vision import crew
    from edgepose.vision.attention import Attention
    from edgepose.vision.capture import Capture
    from edgepose.vision.frame import Frame
    from edgepose.vision.open import open_source
    from edgepose.vision.outcome import Outcome
    from edgepose.vision.pictures import Pictures
    from edgepose.vision.slot import Slot
    from edgepose.vision.sources import Source
    from edgepose.vision.view import FROZEN_S, STREAM_FROZEN_S

    part = "camera"
    source: Source | None = None
    try:
        source = open_source(configure, page)
        part = "engine"
        engines = crew.open_engines(configure)
    except Exception as error:
        # Whatever it is: the camera is given back.
        if source is not None:
            source.close()
        if not isinstance(error, UserError | ImportError | OSError):
            raise
        # A library that is missing or does not load is something to mend, too.
        known = isinstance(error, UserError)
        message = str(error) if known else f"the {part} cannot be loaded: {error}"
        link.tell(Event("failed", {"part": part, "message": message}))
        return error.exit_code if isinstance(error, UserError) else EX_UNAVAILABLE

    slot: Slot[Frame] = Slot()
    attention = Attention(configure.rate, page)
    outcome = Outcome(link, slot, configure.workers)
    capture = Capture(
        source,
        slot,
        attention,
        page,
        rotation=configure.rotation,
        mask=configure.mask,
        # What comes from a network does not wait for us.
        lossless=configure.rate == 0 and configure.stream is None,
        frozen_s=FROZEN_S if configure.stream is None else STREAM_FROZEN_S,
        on_end=outcome.camera_ended,
    )
    pictures = Pictures(link, page)
    workers = crew.hire(
        engines, configure, slot, link, page, pictures=pictures, on_end=outcome.worker_ended
    )
    link.tell(Event("ready", _about(configure, source.describe())))
    for thread in (*workers, capture):
        thread.start()
    while not isinstance(command := link.receive(), Stop):
        match command:
            case SetRate():
                attention.set_rate(command)
            case AllowPictures(live, still):
                pictures.allow(live=live, still=still)
            case AskPictures(rate):
                pictures.ask(rate)
            case AskStill():
                pictures.ask_still()
    capture.stop()
    # First of all: a capture thread that waits for room in the slot would never see the stop.
    slot.close()
    deadline = time.monotonic() + STOP_S
    for thread in (capture, *workers):
        thread.join(max(0.0, deadline - time.monotonic()))
    if not capture.is_alive():
        source.close()
    return outcome.conclude()


def _about(configure: Configure, source: dict[str, object]) -> dict[str, Any]:
    """What `ready` tells of us."""
    about = {"engine": configure.engine, "workers": configure.workers, "threads": configure.threads}
    return {**about, "source": source}
