"""The workers of the vision process: their engines, and where their answers come together.

Owns how many there are and who smooths. Called on the main thread; raises what opening an engine
raises.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from edgepose.messages.control import Configure
from edgepose.messages.page import Page
from edgepose.vision.engines import Engine, Result, open_engine
from edgepose.vision.following import Following, Led
from edgepose.vision.frame import Frame
from edgepose.vision.link import Link
from edgepose.vision.open import engine_options
from edgepose.vision.order import Order
from edgepose.vision.sender import Sender, SharedSmoothing
from edgepose.vision.slot import Slot
from edgepose.vision.worker import Refusals, Worker


def one_person(configure: Configure) -> bool:
    """Whether several workers look for the same one person: their answers are then smoothed after
    they are back in order, and nobody may follow somebody else.

    Each of several engines sees only some of the frames: smoothed by each engine for itself, one
    stream would be made of two, and the person would tremble between them. Like MediaPipe's, the
    filter knows one person only. MediaPipe's own cannot be switched off; this one comes on top,
    which costs some milliseconds of lag (`tests/vision/test_jitter.py` measures both).
    """
    return configure.workers > 1 and configure.num_poses == 1


def open_engines(configure: Configure) -> list[Engine]:
    """An engine for each worker. Raises UserError, ImportError or OSError where one does not
    open."""
    options = replace(engine_options(configure), smooth=not one_person(configure))
    if configure.workers == 1:
        return [open_engine(configure.engine, options)]
    # At the same time: most of the opening is work of the library, which needs no Python.
    with ThreadPoolExecutor(configure.workers) as pool:
        opening = [
            pool.submit(open_engine, configure.engine, options) for _ in range(configure.workers)
        ]
    engines = [each.result() for each in opening]
    if not one_person(configure):
        return engines
    following = Following(configure.workers)
    return [Led(engine, worker, following) for worker, engine in enumerate(engines)]


def hire(
    engines: list[Engine],
    configure: Configure,
    slot: Slot[Frame],
    link: Link,
    page: Page,
    *,
    on_end: Callable[[Exception | None], None],
) -> list[Worker]:
    """A worker for each engine, all on one slot and one link."""
    smoothing = SharedSmoothing(configure.workers) if one_person(configure) else None
    sender = Sender(link, page, first_frame=configure.first_frame, smoothing=smoothing)
    order: Order[Result] = Order(slot, len(engines), sender.send)
    refusals = Refusals(page)
    return [
        Worker(engine, order, page, refusals, number=number, on_end=on_end)
        for number, engine in enumerate(engines)
    ]
