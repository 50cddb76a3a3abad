"""The workers of the vision process: their engines, and where their answers come together.

Owns how many there are and who smooths. Called on the main thread; raises what opening an engine
raises.
"""

from collections.abc import Callable
from dataclasses import replace

from edgepose.messages.control import Configure
from edgepose.messages.page import Page
from edgepose.vision.engines import Engine, Result, opening
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.open import engine_options
from edgepose.vision.order import Order
from edgepose.vision.pictures import Pictures
from edgepose.vision.sender import Sender, SharedSmoothing
from edgepose.vision.slot import Slot
from edgepose.vision.worker import Refusals, Worker


def smooths_here(configure: Configure) -> bool:
    """Whether the answers are smoothed after they are back in order, not by the engines.

    Each of several engines sees only some of the frames: smoothed by each engine for itself, one
    stream would be made of two, and the person would tremble between them. Like MediaPipe's, the
    filter knows one person only. MediaPipe's own cannot be switched off; this one comes on top,
    which costs some milliseconds of lag (`tests/vision/test_jitter.py` measures both).
    """
    return configure.workers > 1 and configure.num_poses == 1


def open_engines(configure: Configure) -> list[Engine]:
    """An engine for each worker. Raises UserError, ImportError or OSError where one does not
    open."""
    options = replace(engine_options(configure), smooth=not smooths_here(configure))
    return opening.open_engines(configure.engine, options, configure.workers)


def hire(
    opened: list[Engine],
    configure: Configure,
    slot: Slot[Frame],
    link: Link,
    page: Page,
    *,
    pictures: Pictures,
    on_end: Callable[[Exception | None], None],
) -> list[Worker]:
    """A worker for each engine, all on one slot and one link."""
    smoothing = SharedSmoothing(configure.workers) if smooths_here(configure) else None
    sender = Sender(link, page, pictures, first_frame=configure.first_frame, smoothing=smoothing)
    order: Order[Result] = Order(slot, len(opened), sender.send)
    refusals = Refusals(page, link.tell)
    return [
        Worker(engine, order, page, refusals, number=number, on_end=on_end)
        for number, engine in enumerate(opened)
    ]
