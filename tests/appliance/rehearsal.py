"""Everything for a rehearsal put together: the kept root, copies of it, machines.

`why_not` tells whether this computer can hold one. The rest needs root and the network the first
time, and no network later but for what is installed inside anew.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from tests.appliance import pi_archive, root
from tests.appliance.files import PIP_CACHE, Files, written_over
from tests.appliance.machine import Bind, Machine
from tests.appliance.supply import Supply

PROGRAMS = ("apt-config", "apt-get", "chroot", "dpkg-deb", "nsenter", "setpriv", "unshare")


def why_not() -> str | None:
    """Give what this computer lacks for a rehearsal, None where it lacks nothing."""
    if os.geteuid() != 0:
        return "the rehearsal needs root"
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    if missing:
        return f"the rehearsal needs {', '.join(missing)}"
    mount = ["unshare", "--mount", "mount", "-t", "cgroup2", "cgroup2", "/mnt"]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        return "the rehearsal needs a cgroup2 that it may mount"
    return None


class Rehearsal:
    """Roots and machines; what must be kept for the next time is in the folder `cache`."""

    def __init__(self, cache: Path) -> None:
        # A checkout may have a link here, and /proc/PID/root leads to no absolute one.
        self._cache = cache = cache.resolve()
        self._supply = Supply.of_this_machine()
        self._kept = root.kept(cache, self._supply)

    @contextmanager
    def debian(self) -> Iterator[Files]:
        """Give the files of a plain Debian, which has no python3-picamera2."""
        with written_over(self._kept, self._supply) as files:
            yield files

    @contextmanager
    def pi(self) -> Iterator[Files]:
        """Give the files of a Pi: python3-picamera2 can be had from apt."""
        archive = pi_archive.kept_at(self._kept)
        if not archive.is_dir():
            with self.debian() as files, self.machine(files) as builder:
                pi_archive.build(builder, archive)
        with self.debian() as files:
            pi_archive.offer(files.root, archive)
            yield files

    def machine(
        self,
        files: Files,
        network: Literal["shared", "none"] = "shared",
        binds: Sequence[Bind] = (),
    ) -> Machine:
        """Give the machine with these files, switched off; downloads inside are kept outside."""
        always = (
            Bind(self._cache / "debs", Path("/var/cache/apt/archives"), "rw"),
            Bind(self._cache / "wheels", PIP_CACHE, "rw"),
            *(Bind(folder, folder) for folder in self._supply.folders),
        )
        return Machine(files, network, (*always, *binds), self._supply.proxies)
