"""Ctrl-C and SIGTERM, so that what is under way is finished and kept.

Runs on the main thread, the only one that Python gives signals to; on another it does nothing.
"""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted:
    """`number`: of the signal that came, 0 while there was none."""

    number = 0


@contextmanager
def interrupted_at_once() -> Iterator[None]:
    """Ctrl-C ends the process, and not what is imported: numpy takes that for a bad install."""
    main = threading.current_thread() is threading.main_thread()
    if not main or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@contextmanager
def interruptible() -> Iterator[Interrupted]:
    """Note the first signal; the second one does what it did before."""
    state = Interrupted()
    if threading.current_thread() is not threading.main_thread():
        yield state
        return
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def restore() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def note(number: int, _frame: FrameType | None) -> None:
        state.number = number
        restore()

    for number in _SIGNALS:
        signal.signal(number, note)
    try:
        yield state
    finally:
        restore()
