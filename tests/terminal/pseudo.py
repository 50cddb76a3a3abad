"""A terminal that is none, with a program in it, and what stands on its screen."""

import fcntl
import os
import re
import select
import struct
import subprocess
import termios
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Final, Self

from tests.harness.wait import wait_for

_HOME: Final = "\x1b[H"
_STYLE: Final = re.compile(r"\x1b\[[0-9;]*m")


class Terminal:
    """A pseudo terminal of `columns` x `rows` and a command that runs in it, in the foreground."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], columns: int, rows: int
    ) -> None:
        self._rows = rows
        self._ours, self._theirs = os.openpty()
        fcntl.ioctl(self._theirs, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self._theirs)
        self._shown = b""
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            env={**environment, "TERM": "xterm-256color"},
            stdin=self._theirs,
            stdout=self._theirs,
            stderr=self._theirs,
        )

    @property
    def modes(self) -> list[int | list[bytes | int]]:
        """How the terminal is set."""
        return termios.tcgetattr(self._theirs)

    @property
    def shown(self) -> str:
        """All that was written to it so far."""
        while select.select([self._ours], [], [], 0)[0]:
            self._shown += os.read(self._ours, 65536)
        return self._shown.decode(errors="replace")

    @property
    def screen(self) -> str:
        """The newest whole picture, without its colours."""
        *whole, _ = ["", "", *self.shown.split(_HOME)]
        return _STYLE.sub("", whole[-1]).replace("\r", "")

    def wait_screen(self, *words: str, limit_s: float = 20) -> str:
        """Wait for a picture with all these words in it."""
        found = ""

        def there() -> bool:
            nonlocal found
            found = self.screen
            return all(word in found for word in words)

        wait_for(there, limit_s, f"{words} on the screen:\n{self.screen}")
        return found

    def press(self, keys: bytes) -> None:
        """Type on its keyboard."""
        os.write(self._ours, keys)

    def wait(self) -> int:
        """The exit status, once it has ended; what it writes is read meanwhile."""
        wait_for(lambda: bool(self.shown) and self.process.poll() is not None, 15, "its end")
        return self.process.wait()

    @property
    def after(self) -> list[str]:
        """The lines that stay when the pictures are gone."""
        return self.shown.rpartition("\x1b[?1049l")[2].splitlines()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        os.close(self._ours)
        os.close(self._theirs)
