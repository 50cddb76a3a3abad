"""Running the real engine in a process of its own, under the sandbox of the vision process.

So that its library reaches no network from the tests either, and a crash of it is one failed test.
"""

import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager

from edgepose.vision import sandbox


@contextmanager
def sandboxed() -> Iterator[ProcessPoolExecutor]:
    """One process behind the sandbox, which runs what is submitted, in order."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context, initializer=sandbox.enter) as pool:
        yield pool
