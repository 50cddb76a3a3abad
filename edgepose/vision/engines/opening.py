"""Opens an engine by its name, and imports that one alone.

Raises UserError where the engine is not installed or the bundle is no good, ImportError or OSError
where its library does not load.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

from edgepose.errors import EX_UNAVAILABLE, UserError
from edgepose.vision.engines import DirectEngine, DirectMode, Engine, EngineOptions


def open_engines(name: str, options: EngineOptions, workers: int) -> list[Engine]:
    """The engine called `name`, `mediapipe` or `litert`, for each worker."""
    with _told_where_absent(name):
        make = _maker(name, options)
    if workers == 1:
        return [make()]
    # At the same time: most of the opening is work of the library, which needs no Python.
    with ThreadPoolExecutor(workers) as pool:
        opening = [pool.submit(make) for _ in range(workers)]
    if any(each.exception() for each in opening):
        for each in opening:
            if each.exception() is None:
                each.result().close()
    return [each.result() for each in opening]


def open_engine(name: str, options: EngineOptions) -> Engine:
    """The engine for one worker."""
    return open_engines(name, options, 1)[0]


def open_direct(name: str, options: EngineOptions, mode: DirectMode) -> DirectEngine:
    """The engine called `name` in this mode."""
    with _told_where_absent(name):
        if name == "litert":
            from edgepose.vision.engines.litert.direct import LiteRtDirect

            return LiteRtDirect(options, mode)
        from edgepose.vision.engines.mediapipe.direct import MediaPipeDirect

        return MediaPipeDirect(options, mode)


def _maker(name: str, options: EngineOptions) -> Callable[[], Engine]:
    if name == "litert":
        from edgepose.vision.engines.litert.engine import LiteRtEngine
        from edgepose.vision.engines.litert.tracker import Regions

        return partial(LiteRtEngine, options, Regions())
    from edgepose.vision.engines.mediapipe.engine import MediaPipeEngine

    return partial(MediaPipeEngine, options)


@contextmanager
def _told_where_absent(name: str) -> Iterator[None]:
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in ("ai_edge_litert", "mediapipe"):
            raise
        raise UserError(
            f"detection.engine: {name} is not installed here; "
            f"`sudo ./scripts/install --engine {name}` installs it",
            EX_UNAVAILABLE,
        ) from error
