"""The terminal while something is shown live: the alternate screen, no cursor, quiet keys.

Gives the terminal back as it was, whatever happens. Used by one thread. Raises OSError from
`show` when the terminal is gone.
"""

import contextlib
import fcntl
import os
import struct
import sys
import termios
from types import TracebackType
from typing import Final, Self

from rich.console import Console, RenderableType
from rich.live import Live

from edgepose.terminal.skeleton import CELL_ASPECT

_LIKELY_ASPECTS: Final = (1.4, 3.0)
"""Some terminals tell nonsense about their pixels."""


def possible(console: Console) -> bool:
    """Whether stdout is a terminal that can show this."""
    return (
        sys.stdout.isatty()
        and console.is_terminal
        and not console.is_dumb_terminal
        and console.encoding.startswith("utf")
    )


def cell_aspect() -> float:
    """How much higher than wide the terminal's cells are, as far as it tells."""
    with contextlib.suppress(OSError):
        answer = fcntl.ioctl(sys.stdout.fileno(), termios.TIOCGWINSZ, bytes(8))
        rows, columns, width, height = struct.unpack("HHHH", answer)
        if rows and columns and width and height:
            aspect: float = (height / rows) / (width / columns)
            if _LIKELY_ASPECTS[0] <= aspect <= _LIKELY_ASPECTS[1]:
                return aspect
    return CELL_ASPECT


class LiveTerminal:
    """Shows what it is given until it is left; nothing refreshes by itself."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, screen=True, auto_refresh=False)
        self._keys = _QuietKeys()

    def show(self, what: RenderableType) -> None:
        """Fill the screen with it."""
        self._live.update(what, refresh=True)

    def __enter__(self) -> Self:
        self._keys.take()
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        # There is nothing to give back of a terminal that is gone.
        with contextlib.suppress(OSError):
            self._live.stop()
        self._keys.give_back()


class _QuietKeys:
    """Keys that are typed are not shown, and none but Ctrl-C does anything.

    Ctrl-Z would leave the shell with this screen, Ctrl-S would stop the program in a write.
    """

    def __init__(self) -> None:
        self._before: list[int | list[bytes | int]] | None = None

    def take(self) -> None:
        with contextlib.suppress(OSError, ValueError, termios.error):
            terminal = sys.stdin.fileno()
            # The kernel stops a program in the background that touches these.
            if os.tcgetpgrp(terminal) != os.getpgrp():
                return
            before, modes = termios.tcgetattr(terminal), termios.tcgetattr(terminal)
            modes[0] &= ~termios.IXON
            modes[3] &= ~(termios.ECHO | termios.ICANON)
            modes[6][termios.VSUSP] = os.fpathconf(terminal, "PC_VDISABLE").to_bytes(1, "little")
            termios.tcsetattr(terminal, termios.TCSANOW, modes)
            self._before = before

    def give_back(self) -> None:
        if self._before is not None:
            with contextlib.suppress(OSError, ValueError, termios.error):
                # What was typed meanwhile is not for the shell.
                termios.tcsetattr(sys.stdin.fileno(), termios.TCSAFLUSH, self._before)
