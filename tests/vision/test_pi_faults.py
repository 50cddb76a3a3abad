"""A camera that cannot be used: what is wrong, who has it, and what to do."""

import contextlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.vision.sources.pi.faults import (
    cannot_open,
    no_camera,
    no_such_camera,
    not_installed,
    stalled,
)
from edgepose.vision.sources.pi.holders import holders

HOLD = """
import fcntl, sys
file = open(sys.argv[1], "r+")
if sys.argv[2] == "lock":
    fcntl.lockf(file, fcntl.LOCK_EX)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def device() -> Iterator[Path]:
    """A file that can be held. In memory, where /dev is too: there a lock names what it locks."""
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        yield Path(file.name)


@contextlib.contextmanager
def held(device: Path, how: str) -> Iterator[int]:
    """Another process that has the device, locked or only open; gives its id."""
    command = [sys.executable, "-c", HOLD, str(device), how]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.communicate(timeout=30)


def test_nobody_holds_a_device_that_nobody_has(device: Path) -> None:
    assert holders([device]) == []
    assert holders([Path("/dev/no-such-device")]) == []
    assert holders([]) == []


@pytest.mark.parametrize("how", ["lock", "open"])
def test_the_process_that_has_it_is_named(device: Path, how: str) -> None:
    with held(device, how) as pid:
        name = Path(f"/proc/{pid}/comm").read_text().strip()
        assert holders([Path("/dev/no-such-device"), device]) == [f"{name} (process {pid})"]
    assert holders([device]) == []


def test_who_has_locked_it_is_to_blame_and_who_only_looks_is_not(device: Path) -> None:
    with held(device, "open"), held(device, "lock") as pid:
        (only,) = holders([device])
    assert f"(process {pid})" in only


def test_we_ourselves_are_not_the_other_process(device: Path) -> None:
    with device.open():
        assert holders([device]) == []


def test_a_held_camera_is_told_by_its_holder(device: Path) -> None:
    # As picamera2 raises it.
    error = RuntimeError("Camera __init__ sequence did not complete.")
    error.__cause__ = RuntimeError("Failed to acquire camera: Device or resource busy")
    with held(device, "lock") as pid:
        said = str(cannot_open("camera 0 (imx708)", error, [device]))
    assert said.startswith("camera 0 (imx708) is held by another process: ")
    assert f"(process {pid}); stop it" in said
    assert "sudo fuser -v" in str(cannot_open("camera 0 (imx708)", error, [device]))


def test_another_error_is_told_by_its_first_cause() -> None:
    error = RuntimeError("Camera __init__ sequence did not complete.")
    error.__cause__ = RuntimeError("No such\n device")
    assert str(cannot_open("camera 1 (imx219)", error, [])) == (
        "camera 1 (imx219) cannot be used: No such device"
    )


def test_a_device_that_may_not_be_opened_is_named_with_the_remedy() -> None:
    error = PermissionError(13, "Permission denied", "/dev/dma_heap/vidbuf_cached")
    said = str(cannot_open("camera 0 (imx219)", error, []))
    assert "/dev/dma_heap/vidbuf_cached may not be opened" in said
    assert "usermod -aG video" in said
    assert "char-dma_heap" in said


def test_too_little_memory_has_its_remedy() -> None:
    error = OSError(12, "Cannot allocate memory")
    assert "cma=" in str(cannot_open("camera 0 (imx477)", error, []))


def test_no_camera_at_all_has_its_remedy(device: Path) -> None:
    for said in (str(no_camera([])), str(no_camera([device]))):
        assert "cable" in said
        assert "camera_auto_detect=1" in said


def test_a_wrong_number_lists_the_cameras() -> None:
    assert str(no_such_camera(2, ["imx708_wide", "imx219"])) == (
        "camera.camera is 2, and there is no such camera; there is 0 imx708_wide, 1 imx219"
    )


@pytest.mark.parametrize(
    ("error", "what", "mend"),
    [
        (
            ModuleNotFoundError("No module named 'picamera2'", name="picamera2"),
            "picamera2 is not installed",
            "sudo apt install python3-picamera2",
        ),
        (
            ModuleNotFoundError("No module named 'libcamera'", name="libcamera"),
            "No module named 'libcamera'",
            "--system-site-packages",
        ),
        (
            ValueError("numpy.dtype size changed, may indicate binary incompatibility."),
            "numpy.dtype size changed",
            "simplejpeg 1.9",
        ),
    ],
)
def test_a_picamera2_that_cannot_be_loaded_has_its_remedy(
    error: Exception, what: str, mend: str
) -> None:
    said = str(not_installed(error))
    assert what in said
    assert mend in said


def test_a_stall_says_for_how_long() -> None:
    assert "camera 0 (imx219) stalled: no frame for 2.5 s" in str(stalled("camera 0 (imx219)", 2.5))
