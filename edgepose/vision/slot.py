"""The slot between camera and engine: room for one item, the newest.

Owns nothing but that item. Any thread may call any method.
"""

import threading
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """A handover of one place. An engine never sees an old frame while a newer one is there."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._item: T | None = None
        self._closed = False

    def put(self, item: T) -> T | None:
        """Lay `item` in and return what it replaced, which nobody will take any more.

        In a closed slot that is `item` itself.
        """
        with self._changed:
            if self._closed:
                return item
            replaced, self._item = self._item, item
            self._changed.notify_all()
            return replaced

    def put_wait(self, item: T) -> T | None:
        """Wait until the slot is empty, then lay `item` in; for sources that wait for the engine.

        Returns None, or `item` if the slot was closed meanwhile.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._item is None or self._closed)
            if self._closed:
                return item
            self._item = item
            self._changed.notify_all()
            return None

    def take(self) -> T | None:
        """Wait for an item and take it. None once the slot is closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._item is not None or self._closed)
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def take_now(self) -> T | None:
        """Take what lies there. None where nothing does."""
        with self._changed:
            item, self._item = self._item, None
            self._changed.notify_all()
            return item

    def close(self) -> None:
        """Accept nothing more; what lies in the slot can still be taken. Wakes everybody."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
