"""Sees that a file has changed on disk.

It is looked at ten times a second: a look costs microseconds, sees through every chain of links
(Kubernetes and Ansible exchange one of them), and works the same on every file system, which
inotify does not. Runs on the daemon's loop.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

LOOK_S: Final = 0.1
QUIET_S: Final = 0.3
"""A file that is written in place counts as written when nothing was for so long."""

Look = tuple[int, int, int, int, int]


async def watch(file: Path, changed: Callable[[], None]) -> None:
    """Call `changed` after every change of what the path leads to, for ever.

    Another file under the name counts at once: who renames has written it all. Whatever else
    changes (content, mode, owner, the file going away) counts after `QUIET_S` without a change.
    """
    loop = asyncio.get_running_loop()
    known = look(file)
    since: float | None = None
    while True:
        await asyncio.sleep(LOOK_S)
        now = look(file)
        if now != known:
            exchanged = now is not None and known is not None and now[:2] != known[:2]
            # A new file without content has just been opened for writing.
            whole = exchanged and now is not None and now[2] > 0
            known, since = now, loop.time()
            if whole:
                since = None
                changed()
        elif since is not None and loop.time() - since >= QUIET_S:
            since = None
            changed()


def look(file: Path) -> Look | None:
    """What tells one state of a file from another; None where there is no file."""
    try:
        now = file.stat()
    except OSError:
        return None
    return (now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns)
