"""Running the real engine in a process of its own, under the sandbox of the vision process.

So that its library reaches no network from the tests either, and a crash of it is one failed test.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from edgepose.vision import sandbox


@contextmanager
def sandboxed(processes: int = 1) -> Iterator[ProcessPoolExecutor]:
    """Processes behind the sandbox, which run what is submitted; one does so in order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(processes, mp_context=context, initializer=sandbox.enter) as pool:
        yield pool
