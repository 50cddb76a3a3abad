"""The camera: what it needs, whether it is there, who holds it. One that ffmpeg reads is for
`stream.py`.

While the service has the camera, its word counts and nothing is opened; while detection is paused,
nothing is opened either. Runs on any thread. Raises nothing that is not told as a finding.
"""

import contextlib
import grp
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from edgepose.doctor import child, stream
from edgepose.doctor.case import Case
from edgepose.doctor.finding import SUDO_TODO, Finding, failure, ok, warning

IMPORT_S: Final = 20.0
OPEN_S: Final = 30.0
_NUMPY: Final = "import simplejpeg"
_ABSENT: Final = "picamera2 is not installed"
_HELD: Final = "is held by another process"
_STOP: Final = "Stop it, or let edgepose use another camera (camera.camera)."


def wanted(case: Case) -> bool:
    """Whether the configuration wants a camera at all."""
    return case.config is not None and case.config.camera.source == "picamera2"


def look_at_packages(case: Case) -> Iterator[Finding]:
    """picamera2's simplejpeg is built for one numpy, and the engine brings another one."""
    if not wanted(case):
        return
    answer = child.ask(case.python, ["-c", _NUMPY], case.user, IMPORT_S)
    if answer.code == 0:
        yield ok("picamera2", "its simplejpeg fits the numpy that is here")
    elif "No module named 'simplejpeg'" in answer.line:
        # Then picamera2 is missing altogether, which the check of the camera says.
        return
    elif "numpy" in answer.line:
        yield failure(
            "picamera2",
            f"its simplejpeg was built for another numpy: {answer.reason}",
            f'sudo {case.python} -m pip install "simplejpeg>=1.9"',
            "sudo systemctl restart edgepose",
        )
    else:
        yield failure("picamera2", f"its simplejpeg cannot be loaded: {answer.reason}")


def look_at_rights(case: Case) -> Iterator[Finding]:
    """Whether the user of the service may open the camera's devices."""
    if not (wanted(case) or stream.is_device(case)) or case.user.number == 0:
        return
    unit, name = case.unit, case.user.name
    if _video() & case.user.groups:
        yield ok("user", f"{name} may use the camera: it is in the group video")
        return
    todo = [f"sudo usermod -aG video {name}"]
    if unit is None:
        todo.append("Then log out and in again.")
    else:
        todo.append("sudo systemctl restart edgepose")
        todo += [f"or take the change out of {path}" for path in unit.drop_ins]
    yield failure("user", f"{name} is not in the group video: the camera is closed to it", *todo)


def look(case: Case) -> Iterator[Finding]:
    """Whether there are pictures, and if not, why."""
    if case.config is not None and not wanted(case):
        if found := list(stream.look(case)):
            yield from found
            return
        yield ok("camera", f"none is needed: camera.source is {case.config.camera.source}")
    elif case.sees:
        sensor = (case.health or {}).get("sensor") or "a camera"
        yield ok("camera", f"{sensor}, at work in the service")
    elif case.config is None:
        return
    elif case.paused:
        yield ok("camera", "closed, for detection is paused; so it was not looked at")
    else:
        yield from _idle(case, case.config.camera.camera)


def _idle(case: Case, number: int) -> Iterator[Finding]:
    from edgepose.vision.sources.pi.holders import lockers, openers
    from edgepose.vision.sources.pi.opening import camera_devices

    devices, own = camera_devices(), _own(case)
    if held := lockers(devices, own):
        yield failure("camera", f"it is held by another process: {', '.join(held)}", _STOP)
        return
    at_work = case.unit is not None and case.unit.wants_camera
    words = ["-m", "edgepose.doctor.camera_child", "find" if at_work else "open", str(number)]
    answer = child.ask(case.python, words, case.user, OPEN_S)
    # Not everybody who has a device open uses the camera; but where it fails, these may.
    open_by = openers(devices, own)
    if answer.code != 0:
        yield _failed(case, answer, open_by)
    elif at_work:
        yield warning("camera", f"{answer.line} is there; the service has no picture of it (yet)")
    else:
        yield ok("camera", f"{answer.line} is there, and can be opened")
    if open_by and answer.code == 0:
        yield warning("camera", f"a device of it is open in {', '.join(open_by)}", _STOP)


def _failed(case: Case, answer: child.Answer, open_by: list[str]) -> Finding:
    if "an older numpy" in answer.line:
        return failure("camera", "picamera2 cannot be loaded, which is told below")
    if "No module named" in answer.line and "edgepose" in answer.line:
        older = "the installed edgepose is older than this doctor, and cannot be asked"
        return warning("camera", older, "sudo ./scripts/install   (in the checkout)")
    if _ABSENT in answer.line:
        message, _, _ = answer.line.partition(": sudo apt install")
        return failure("camera", message, *_install(case))
    if _HELD not in answer.line:
        # What a camera lacks is told whole, with what to do.
        return failure("camera", answer.line if (answer.code or 0) > 0 else answer.reason)
    if open_by:
        return failure("camera", f"it is held by another process: {', '.join(open_by)}", _STOP)
    todo = _STOP if case.root else f"{SUDO_TODO}   (as root it sees which)"
    return failure("camera", "it is held by another process", todo)


def _install(case: Case) -> Iterator[str]:
    """How edgepose comes to picamera2, which Raspberry Pi OS alone has."""
    yield "sudo apt install python3-picamera2   (on Raspberry Pi OS)"
    settings = case.prefix / "pyvenv.cfg"
    with contextlib.suppress(OSError):
        if re.search(r"^include-system-site-packages *= *false", settings.read_text(), re.M):
            # What `python -m venv --system-site-packages` writes.
            yield f"The environment {case.prefix} does not see Debian's packages; let it:"
            change = "s/^include-system.*/include-system-site-packages = true/"
            yield f"{_sudo(settings)}sed -i '{change}' {shlex.quote(str(settings))}"
    if case.unit is None:
        yield "Without a camera: camera.source: actor, a person who is drawn."


def _sudo(file: Path) -> str:
    return "" if os.access(file, os.W_OK) else "sudo "


def _video() -> frozenset[int]:
    with contextlib.suppress(KeyError):
        return frozenset({grp.getgrnam("video").gr_gid})
    return frozenset()


def _own(case: Case) -> frozenset[int]:
    """The processes of the service."""
    pid = None if case.unit is None else case.unit.pid
    if pid is None:
        return frozenset()
    group = _cgroup(Path(f"/proc/{pid}"))
    found = (each for each in Path("/proc").glob("[0-9]*") if _cgroup(each) == group)
    return frozenset(int(each.name) for each in found) if group else frozenset()


def _cgroup(process: Path) -> str:
    try:
        return (process / "cgroup").read_text()
    except OSError:
        return ""
