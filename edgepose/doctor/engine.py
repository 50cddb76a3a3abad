"""The engine: what it needs, and whether it finds somebody in a picture.

While the service sees people, its engine works and is not tried; else it is tried as the service
does it, in a child behind the sandbox (`edgepose.vision.trial`). Runs on any thread. Raises nothing
that is not told as a finding.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from edgepose.doctor import child
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, failure, note, ok
from edgepose.doctor.model import altered
from edgepose.errors import UserError

LOOK_S: Final = 20.0
TRIAL_S: Final = 60.0
"""As long as the daemon gives it."""
PACKAGES: Final = ("paho", "pydantic", "pyseccomp", "rich", "yaml")
"""What edgepose imports of others, by their modules."""
ENGINES: Final = {"mediapipe": "mediapipe", "litert": "ai_edge_litert"}
"""Each engine's module."""
OWN: Final = {"libseccomp.so.2": "libseccomp2"}
GRAPHICS: Final = {
    "libEGL.so.1": "libegl1",
    "libGLESv2.so.2": "libgles2",
    "libGL.so.1": "libgl1",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libxcb.so.1": "libxcb1",
}
"""What MediaPipe's library and its OpenCV link to, with Debian's package; as scripts/setup.sh."""
_ANEW: Final = (
    "Install its Python packages anew; in the checkout:",
    "sudo rm -f /opt/edgepose/edgepose.wheels && sudo ./scripts/install",
)
_SET_UP: Final = ("./scripts/demo --seconds 1   (sets up .venv)",)
_INVENTORY: Final = """
import ctypes, importlib.util, json, sys

def loads(name):
    try:
        ctypes.CDLL(name)
    except OSError:
        return False
    return True

modules, libraries = json.loads(sys.argv[1])
absent = [name for name in modules if importlib.util.find_spec(name) is None]
print(json.dumps([absent, [name for name in libraries if not loads(name)]]))
"""


class _Absent(NamedTuple):
    modules: list[str]
    libraries: list[str]


def look_at_packages(case: Case) -> Iterator[Finding]:
    """Python packages and shared libraries."""
    absent = _absent(case)
    packages = [name for name in PACKAGES if name in absent.modules]
    needed = {**OWN, **(GRAPHICS if _chosen(case, absent) == "mediapipe" else {})}
    libraries = [name for name in needed if name in absent.libraries]
    if packages:
        yield failure(
            "packages",
            f"Python packages are missing in {case.prefix}: {', '.join(packages)}",
            *_anew(case),
        )
    if libraries:
        are = "libraries are" if len(libraries) > 1 else "a library is"
        whose = "MediaPipe needs" if set(libraries) & set(GRAPHICS) else "edgepose needs"
        yield failure(
            "packages",
            f"{are} missing that {whose}: {', '.join(libraries)}",
            f"sudo apt install {' '.join(needed[name] for name in libraries)}",
        )
    if not packages and not libraries:
        yield ok("packages", "all that edgepose needs is installed")


def look(case: Case) -> Iterator[Finding]:
    """Whether it works."""
    if case.sees and case.health is not None:
        why = case.health.get("engine_why")
        yield ok("engine", f"{case.health['engine']}, at work in the service{_because(why)}")
        return
    if case.config is None:
        return
    try:
        from edgepose import translate

        model = translate.bundle(case.config, case.folder, case.models).path
    except UserError:
        yield note("engine", "not tried: mend the model first")
        return
    absent = _absent(case)
    name = _chosen(case, absent)
    if ENGINES[name] in absent.modules:
        yield failure("engine", f"{name} is not installed in {case.prefix}", *_other(case, name))
        return
    if altered(case, model):
        yield note("engine", "not tried: mend the model first")
        return
    answer = _try(case, name, model)
    if answer.code == 0:
        yield ok("engine", f"{name} works: it finds the person in a picture")
    elif case.config.detection.engine == "auto" and ENGINES["litert"] not in absent.modules:
        second = _try(case, "litert", model) if name != "litert" else answer
        if second.code == 0:
            yield ok("engine", f"litert works{_because(f'mediapipe does not: {answer.reason}')}")
        else:
            yield failure("engine", f"litert does not work: {second.reason}", *_anew(case))
    else:
        yield failure("engine", f"{name} does not work: {answer.reason}", *_other(case, name))


def _try(case: Case, name: str, model: Path) -> child.Answer:
    words = ["-m", "edgepose.vision.trial", name, str(model)]
    return child.ask(case.python, words, case.user, TRIAL_S)


def _absent(case: Case) -> _Absent:
    names = [[*PACKAGES, *ENGINES.values()], [*OWN, *GRAPHICS]]
    answer = child.ask(case.python, ["-c", _INVENTORY, json.dumps(names)], case.user, LOOK_S)
    if answer.code != 0:
        raise UserError(f"{case.python} does not start: {answer.reason}")
    return _Absent(*json.loads(answer.line))


def _chosen(case: Case, absent: _Absent) -> str:
    """The engine that the service takes, as far as can be told without a trial."""
    asked = "auto" if case.config is None else case.config.detection.engine
    if asked != "auto":
        return asked
    return "litert" if ENGINES["mediapipe"] in absent.modules else "mediapipe"


def _other(case: Case, name: str) -> tuple[str, ...]:
    if name == "mediapipe" and case.unit is not None:
        return ("sudo ./scripts/install --engine litert   (in the checkout)",)
    return _anew(case)


def _anew(case: Case) -> tuple[str, ...]:
    return _SET_UP if case.unit is None else _ANEW


def _because(why: object) -> str:
    return f" ({why})" if why else ""
