"""Room on the disks: the system's, and the service's state directory.

Runs on any thread. Raises nothing that is not told as a finding.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.doctor.finding import Finding, failure, ok, warning

LITTLE_MB: Final = 200
"""Less is nearly full: an update of edgepose or of the system fails."""
LITTLE_SHARE: Final = 0.05
NONE_BYTES: Final = 65536
"""What the state directory has to take: a config, written beside the old one."""
_FIND: Final = "sudo du -xh --max-depth=2 {} | sort -h | tail   (shows what takes the room)"


def look(state: Path | None) -> Iterator[Finding]:
    """`state`: the service's state directory, None where there is no service."""
    system = Path("/")
    places = {system: "the disk"}
    if state is not None and state.exists() and state.stat().st_dev != system.stat().st_dev:
        places[state] = f"the disk of {state}"
    for place, named in places.items():
        yield from _room(place, named)


def _room(place: Path, named: str) -> Iterator[Finding]:
    told = os.statvfs(place)
    size, free = told.f_blocks * told.f_frsize, told.f_bavail * told.f_frsize
    if told.f_flag & os.ST_RDONLY:
        yield warning(
            "disk",
            f"{named} is read-only: edgepose runs, but remembers nothing over a restart",
            "Meant so (an overlay)? Then all is well. Else the card may be failing:",
            "sudo dmesg | grep -i -e mmc -e ext4 | tail",
        )
    elif size and free < NONE_BYTES:
        yield failure("disk", f"{named} is full", _FIND.format(place))
    elif size and told.f_files and not told.f_favail:
        yield failure("disk", f"{named} takes no more files: no inode is free", f"df -i {place}")
    elif size and free < min(LITTLE_MB * 1e6, LITTLE_SHARE * size):
        yield warning(
            "disk", f"{named} is nearly full: {_megabytes(free)} are left", _FIND.format(place)
        )
    else:
        yield ok("disk", f"{_megabytes(free)} are free on {named}")


def _megabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{count / 1e6:.1f} MB"
