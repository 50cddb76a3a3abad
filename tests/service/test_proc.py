"""What the kernel tells of a process."""

import os
from pathlib import Path

from edgepose.service import proc


def test_memory_and_files_of_ourselves(tmp_path: Path) -> None:
    me = os.getpid()
    status = Path(f"/proc/{me}/status").read_text()
    wanted_mb = int(status.split("VmRSS:")[1].split()[0]) * 1024 / 1e6
    assert abs((proc.memory_mb(me) or 0) - wanted_mb) < 20
    before = proc.open_files(me)
    assert before is not None
    with (tmp_path / "a").open("w"), (tmp_path / "b").open("w"):
        assert proc.open_files(me) == before + 2
    assert proc.open_files(me) == before


def test_of_nobody_nothing_is_known() -> None:
    assert (proc.memory_mb(None), proc.open_files(None)) == (None, None)
    gone = os.fork()
    if not gone:
        os._exit(0)
    os.waitpid(gone, 0)
    assert (proc.memory_mb(gone), proc.open_files(gone)) == (None, None)


def test_the_machine_s_memory() -> None:
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGESIZE") / 1e6
    assert abs((proc.total_mb() or 0) - pages) < 10
