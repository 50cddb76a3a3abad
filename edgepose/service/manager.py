"""What the service manager is told: READY, STATUS, WATCHDOG, STOPPING (sd_notify(3)).

Runs on the daemon's loop. Says nothing where nobody listens: started by hand, there is no manager.
"""

import asyncio
import contextlib
import os
import time
from collections.abc import Callable
from typing import Final

from edgepose.errors import UserError

WATCHDOG_SHARE: Final = 1 / 3
"""Of the watchdog's time between two pings: two may be late before systemd acts."""


class Manager:
    """The service manager, as systemd's environment variables announce it.

    Raises UserError where systemd listens but python3-systemd is missing: without it systemd
    would wait in vain and end us.
    """

    def __init__(self) -> None:
        self._listener: Callable[[str], object] = _listener()
        self._status = ""

    def _notify(self, text: str) -> None:
        # What cannot be told, as to a manager that is not there, must not end us.
        with contextlib.suppress(OSError, ValueError):
            self._listener(text)

    def ready(self) -> None:
        """The config is good and the loop runs."""
        self._notify("READY=1")

    def reloading(self) -> None:
        """A reload begins; READY follows."""
        self._notify(f"RELOADING=1\nMONOTONIC_USEC={time.monotonic_ns() // 1000}")

    def stopping(self) -> None:
        """The end has begun."""
        self._notify("STOPPING=1")

    def status(self, line: str) -> None:
        """The line that `systemctl status` shows."""
        if line != self._status:
            self._status = line
            self._notify(f"STATUS={line}")

    async def watchdog(self, is_well: Callable[[], bool]) -> None:
        """Ping while `is_well` says so, for ever; from the loop, so that a loop that hangs does
        not ping. Where no watchdog is wanted it only waits."""
        wanted_us = int(os.environ.get("WATCHDOG_USEC", "0"))
        if not wanted_us or os.environ.get("WATCHDOG_PID", str(os.getpid())) != str(os.getpid()):
            await asyncio.get_running_loop().create_future()
        while True:
            if is_well():
                self._notify("WATCHDOG=1")
            await asyncio.sleep(wanted_us / 1e6 * WATCHDOG_SHARE)


def _listener() -> Callable[[str], object]:
    if "NOTIFY_SOCKET" not in os.environ:
        return lambda _text: None
    try:
        from systemd import daemon
    except ImportError as error:
        raise UserError(
            "systemd waits to be told that edgepose is ready, but python3-systemd is missing: "
            "sudo apt install python3-systemd"
        ) from error
    notify: Callable[[str], object] = daemon.notify
    return notify
