"""Daemons on emulated processors. Where there can be none, they are skipped and it is said why."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.appliance.debian import KEYS
from tests.appliance.supply import Supply
from tests.harness.daemon import PYTHON
from tests.processors import root
from tests.processors.stage import CASES, Case, Told, play

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "processors"
PROGRAMS = ("apt-config", "apt-get", "chroot", "dpkg-deb", "setpriv", "tar", "unshare")


def mirror() -> str:
    """The Debian mirror that this machine's apt knows; skips where there can be no emulation."""
    reason = None
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = [name for name in PROGRAMS if shutil.which(name, path=path) is None]
    mount = ["unshare", "--mount", "--net", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    if os.geteuid() != 0:
        reason = "root"
    elif missing:
        reason = ", ".join(missing)
    elif not KEYS.is_file():
        reason = f"the package debian-archive-keyring, for {KEYS}"
    elif subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        reason = "a kernel that lets it mount in a name space of its own"
    address = None if reason else Supply.of_this_machine().mirror
    if address is None:
        needed = reason or "a Debian mirror in apt's sources"
        pytest.skip(f"SKIPPED: emulating a processor needs {needed}")
    return address


@pytest.fixture(scope="session")
def told(model_full: Path) -> Iterator[Callable[[str, str], Told]]:
    """What a daemon told, by processor and by what `detection.engine` said; two run at a time."""
    ready = root.kept(CACHE, mirror())
    asked = "import edgepose; print(edgepose.__file__)"
    found = subprocess.run([PYTHON, "-P", "-c", asked], check=True, capture_output=True, text=True)
    product = Path(found.stdout.strip()).parent
    with ThreadPoolExecutor(2) as pool:
        started = {
            case: pool.submit(play, Case(str(ready), str(product), str(model_full.parent), *case))
            for case in CASES
        }
        yield lambda *case: started[case].result()
        pool.shutdown(cancel_futures=True)
