"""A look that is heavy, or that may end a process: done in a child, with a time limit.

Runs on the caller's thread, which waits. Raises OSError where the child cannot be started.
"""

import contextlib
import os
import pwd
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.config.access import User
from edgepose.service.child import describe_end
from edgepose.service.engine import shortened

_at_work: Final[set[int]] = set()
"""The process groups of all children."""
TOO_LONG: Final = "it took more than {:g} s and was ended"


@dataclass(frozen=True, slots=True)
class Answer:
    """How a child ended: `code` as in `subprocess`, None where it took too long; its last line,
    as it wrote it."""

    code: int | None
    line: str
    limit_s: float

    @property
    def reason(self) -> str:
        """Why it did not end well."""
        if self.code is None:
            return TOO_LONG.format(self.limit_s)
        line = shortened(self.line)
        return line if self.code > 0 and line else describe_end(self.code, line)


def ask(python: Path, words: list[str], user: User, limit_s: float) -> Answer:
    """Run `python` as `user`, which only root can if it is somebody else, and read its last line.

    Nothing of it is left behind when the limit is over.
    """
    with tempfile.TemporaryDirectory(prefix="edgepose-doctor-") as folder:
        other = os.geteuid() == 0 and user.number != 0
        if other:
            os.chown(folder, user.number, -1)
        with subprocess.Popen(
            # Not the current directory, whatever lies there.
            [str(python), "-P", *words],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd="/",
            # matplotlib, which MediaPipe imports, wants to write somewhere.
            env={**os.environ, "HOME": folder, "MPLCONFIGDIR": folder},
            start_new_session=True,
            user=user.number if other else None,
            group=pwd.getpwuid(user.number).pw_gid if other else None,
            extra_groups=sorted(user.groups) if other else None,
        ) as process:
            _at_work.add(process.pid)
            code: int | None
            try:
                written, _ = process.communicate(timeout=limit_s)
                code = process.returncode
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                written, code = b"", None
            finally:
                _at_work.discard(process.pid)
    # Some libraries end their last words as C does.
    lines = [line.strip(b"\0 \t\r") for line in written.split(b"\n")]
    last = next((line for line in reversed(lines) if line), b"")
    return Answer(code, last.decode(errors="replace"), limit_s)


def end_all() -> None:
    """End every child, because nobody waits for what they find any more."""
    for group in tuple(_at_work):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
