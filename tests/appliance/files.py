"""The files of one machine: the kept root, written over without touching it.

They are mounted in a mount name space of their own, by a process that ends with this one, so no
mount is left behind however the tests end. Where the kernel cannot lay one folder over another,
they are copied. Nothing waits for the disk: these files need not survive this computer, and no sync
inside writes out all that the computer has. What was written is deleted at the end, or by the next
run if this one is killed.
"""

import fcntl
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.appliance.root import HOST
from tests.appliance.supply import Supply

PIP_CACHE: Final = Path("/var/cache/pip")

_HOLD: Final = """
cd "$1"
mkdir written work root
laid=lowerdir=$2,upperdir=written,workdir=work
mount -t overlay -o "$laid,volatile" overlay root 2>/dev/null ||
    mount -t overlay -o "$laid" overlay root 2>/dev/null ||
    cp -a --reflink=auto "$2/." root
echo held
exec cat
"""


@dataclass(frozen=True, slots=True)
class Files:
    """Where a machine's files are."""

    place: Path
    """The path in the mount name space of `holder`; elsewhere there is nothing."""
    holder: int
    """A process id."""

    @property
    def root(self) -> Path:
        """The path for this process, which may read and write there, machine running or not."""
        return Path(f"/proc/{self.holder}/root{self.place}")


@contextmanager
def written_over(kept_root: Path, supply: Supply) -> Iterator[Files]:
    """Give files that begin as the kept root and its computer's supply of packages."""
    cache = kept_root.parent
    _sweep(cache)
    folder = Path(tempfile.mkdtemp(prefix="files-", dir=cache))
    with (folder / "in-use").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        try:
            with _held(folder, kept_root) as files:
                _prepare(files.root, supply)
                yield files
        finally:
            shutil.rmtree(folder)


@contextmanager
def _held(folder: Path, kept_root: Path) -> Iterator[Files]:
    apart = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount"]
    with subprocess.Popen(
        [*apart, "sh", "-ec", _HOLD, "sh", folder, kept_root],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        # A Ctrl-C is for the tests.
        start_new_session=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n", "the kept root cannot be copied"
        yield Files(folder / "root", holder.pid)


def _prepare(root: Path, supply: Supply) -> None:
    hosts = Path("/etc/hosts").read_text()
    (root / "etc/hosts").write_text(f"{hosts}\n127.0.1.1 {HOST}\n")
    shutil.copyfile("/etc/resolv.conf", root / "etc/resolv.conf")
    supply.install(root, PIP_CACHE)
    # Nor do packages.
    (root / "etc/dpkg/dpkg.cfg.d/rehearsal").write_text("force-unsafe-io\n")


def _sweep(cache: Path) -> None:
    """Remove what runs that were killed have left: nobody holds their lock any more."""
    for lock in cache.glob("files-*/in-use"):
        with lock.open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            shutil.rmtree(lock.parent)
