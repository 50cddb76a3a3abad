"""Where no thread can be started, there is no connection for now, and that is all."""

import subprocess
import sys
from typing import Final

DIALS: Final = """
import asyncio, resource
from pathlib import Path
from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import SessionError, Settings

async def main():
    session = Session(Settings("127.0.0.1", 1, "tested"), "5", None, "probe", clean_start=True)
    size = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (size + (4 << 20), -1))
    try:
        await session.open()
    except SessionError as error:
        print(error.failure.name, error)

asyncio.run(main())
"""
"""In a process whose memory has no room for the stack of another thread."""


def test_no_memory_for_the_thread_that_dials() -> None:
    done = subprocess.run(
        [sys.executable, "-c", DIALS], capture_output=True, text=True, timeout=30, check=False
    )
    assert done.stdout == "UNREACHABLE cannot be dialled: can't start new thread\n", done.stderr
