"""A camera for the rehearsal: libcamera's virtual one, which plays pictures.

What a Pi has and the rehearsal lacks is made up for inside the root only, so the product runs
there as it is: buffers (`dma_heap.c`, preloaded), `pykms`, and what picamera2 expects of every
camera (`virtual_camera.py`). All of it is put into the files of a root, running or not.
"""

import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

import cv2

from edgepose.vision.sources import Source

HERE: Final = Path(__file__).parent
PIPELINE: Final = Path("usr/share/libcamera/pipeline/virtual")
FRAMES: Final = Path("srv/frames")
MODULES: Final = Path("usr/lib/python3/dist-packages")
"""Seen by Debian's Python and by every environment with the system's packages."""
PRELOADED: Final = Path("usr/local/lib/dma_heap.so")
NAME: Final = "Virtual Pi Camera"

_YAML: Final = """%YAML 1.1
---
"Virtual0":
  supported_formats:
  - width: {width}
    height: {height}
    frame_rates: [30, 30]
  frames:
    path: "/{frames}/"
  location: "CameraLocationFront"
  model: "{name}"
"""

_PYKMS: Final = """class _AnyFormat:
    def __getattr__(self, name):
        return name


PixelFormat = _AnyFormat()
"""


def plug_in(root: Path, source: Source, count: int) -> None:
    """Give the root a camera that plays the first `count` pictures of `source` for ever."""
    size = _draw(root / FRAMES, source, count)
    pipeline = root / PIPELINE
    pipeline.mkdir(parents=True, exist_ok=True)
    yaml = _YAML.format(width=size[0], height=size[1], frames=FRAMES, name=NAME)
    (pipeline / "virtual.yaml").write_text(yaml)
    _close_the_gaps(root)


@contextmanager
def unplugged(root: Path) -> Iterator[None]:
    """Take the camera away for a while; a program that has it open keeps it."""
    yaml = root / PIPELINE / "virtual.yaml"
    away = yaml.rename(yaml.with_suffix(".away"))
    try:
        yield
    finally:
        away.rename(yaml)


def _draw(folder: Path, source: Source, count: int) -> tuple[int, int]:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    size = (0, 0)
    for frame in islice(source.frames(threading.Event()), count):
        picture = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
        size = (picture.shape[1], picture.shape[0])
        assert cv2.imwrite(str(folder / f"{frame.number}.jpg"), picture)
    source.close()
    return size


def _close_the_gaps(root: Path) -> None:
    shutil.copyfile(HERE / "dma_heap.c", root / "usr/local/src/dma_heap.c")
    library = f"/{PRELOADED}"
    compiled = ["gcc", "-O2", "-Wall", "-Werror", "-shared", "-fPIC", "-o", library]
    subprocess.run(["chroot", root, *compiled, "/usr/local/src/dma_heap.c"], check=True)
    (root / "etc/ld.so.preload").write_text(f"{library}\n")
    shutil.copyfile(HERE / "virtual_camera.py", root / MODULES / "rehearsal_camera.py")
    (root / MODULES / "rehearsal_camera.pth").write_text("import rehearsal_camera\n")
    # Raspberry Pi OS alone has it; picamera2 imports it, but uses it for a screen only.
    (root / MODULES / "pykms.py").write_text(_PYKMS)
