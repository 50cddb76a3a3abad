"""Keeps one machine: starts it, and takes every trace of it away.

A program of its own, so that it outlives a test run that is killed:
`python keeper.py HOLDER ROOT CGROUP NETWORK [SOURCE TARGET ro|rw]...`, where HOLDER is a process
in whose mount name space ROOT is mounted. It writes the process id of the machine's systemd on a
line, and waits until its standard input is closed, by whatever end of the test run, or until the
machine has ended by itself. Then it kills what is left and removes the cgroup. Its status is 1,
and what the boot said is on its standard error, when the machine does not boot. Standard library
only.
"""

import contextlib
import os
import select
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

LIMIT_S: Final = 30.0
_REMOVE: Final = """
mount -t cgroup2 cgroup2 "$1"
[ ! -d "$1/$2" ] || find "$1/$2" -depth -type d -exec rmdir {} +
"""


def main(holder: str, root: str, group: str, *rest: str) -> int:
    """Keep the machine until nobody wants it any more."""
    boot = str(Path(__file__).with_name("boot.sh"))
    # Dies with the keeper, whatever kills that.
    bound = ["setpriv", "--pdeathsig", "KILL", "nsenter", f"--mount=/proc/{holder}/ns/mnt"]
    enter = [*bound, "unshare", "--mount", "sh", boot, "enter"]
    with tempfile.TemporaryFile("w+") as console:
        machine = subprocess.Popen(
            [*enter, root, group, *rest], stdin=subprocess.DEVNULL, stdout=console, stderr=console
        )
        init = _wait_for_init(machine)
        if not init:
            console.seek(0)
            sys.stderr.write(console.read())
    if init:
        print(init, flush=True)
        _wait_for_end(machine)
    if machine.poll() is None:
        # Process 1 takes all its processes along, and its parent waits for them.
        os.kill(init or machine.pid, 9)
    status = machine.wait(LIMIT_S)
    subprocess.run(["unshare", "--mount", "sh", "-ec", _REMOVE, "sh", root, group], check=True)
    return 0 if init else status or 1


def _wait_for_init(machine: subprocess.Popen[bytes]) -> int | None:
    """Give the id of process 1 as soon as it is systemd.

    None when the machine does not boot, and when nobody wants it any more.
    """
    deadline = time.monotonic() + LIMIT_S
    while machine.poll() is None and time.monotonic() < deadline:
        # Either may be gone by the time we look.
        with contextlib.suppress(OSError):
            children = Path(f"/proc/{machine.pid}/task/{machine.pid}/children").read_text()
            for child in children.split():
                if Path(f"/proc/{child}/comm").read_text() == "systemd\n":
                    return int(child)
        if select.select([sys.stdin], [], [], 0.01)[0]:
            break
    return None


def _wait_for_end(machine: subprocess.Popen[bytes]) -> None:
    ended = os.pidfd_open(machine.pid)
    select.select([sys.stdin, ended], [], [])
    os.close(ended)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
