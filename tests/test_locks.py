"""The locks hold what pyproject.toml asks for, on every Python and processor that it names."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

CHECKOUT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
EXTRAS: dict[str, list[str]] = PROJECT["project"]["optional-dependencies"]
MACHINES = [
    {"python_version": python, "python_full_version": f"{python}.0", "platform_machine": machine}
    for python in ("3.11", "3.12", "3.13")
    for machine in ("x86_64", "aarch64")
]


def requirements(extra: str) -> list[Requirement]:
    """What installing edgepose with this extra from the checkout asks for by name."""
    texts = [*PROJECT["project"]["dependencies"], *EXTRAS[extra]]
    asked = [Requirement(text) for text in texts]
    own = {name for each in asked if each.name == "edgepose" for name in each.extras}
    asked = [each for each in asked if each.name != "edgepose"]
    asked += [each for name in own for each in requirements(name)]
    return [*asked, *map(Requirement, PROJECT["build-system"]["requires"])]


def entries(extra: str) -> list[str]:
    """Each entry of a lock: its first line and the lines that belong to it."""
    text = (CHECKOUT / "scripts" / "locks" / f"{extra}.txt").read_text()
    return [entry for entry in re.split(r"\n(?=\S)", text) if entry.strip()]


def pins(extra: str, machine: dict[str, str]) -> dict[str, Version]:
    """The versions that a lock installs on such a machine."""
    found: dict[str, Version] = {}
    for entry in entries(extra):
        pinned = Requirement(entry.split("\\")[0])
        if pinned.marker is None or pinned.marker.evaluate(machine):
            name = canonicalize_name(pinned.name)
            assert name not in found, f"{name} is pinned twice"
            found[name] = Version(str(pinned.specifier).removeprefix("=="))
    return found


def unmet(asked: list[Requirement], held: dict[str, Version]) -> list[str]:
    """The requirements that the pinned versions do not satisfy."""
    pinned = [(each, held.get(canonicalize_name(each.name))) for each in asked]
    return [str(each) for each, version in pinned if not version or version not in each.specifier]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: " ".join(machine.values()))
@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_holds_what_its_extra_asks_for(extra: str, machine: dict[str, str]) -> None:
    assert unmet(requirements(extra), pins(extra, machine)) == []


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: " ".join(machine.values()))
def test_the_locks_pin_the_same_versions(machine: dict[str, str]) -> None:
    everything = {with_one_name(name): version for name, version in pins("dev", machine).items()}
    for extra in EXTRAS:
        held = {with_one_name(name): version for name, version in pins(extra, machine).items()}
        assert held.items() <= everything.items()


def with_one_name(package: str) -> str:
    """The same name for all packages that are the module cv2."""
    return "opencv" if package.startswith("opencv-") else package


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: " ".join(machine.values()))
@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_has_one_opencv(extra: str, machine: dict[str, str]) -> None:
    assert len([name for name in pins(extra, machine) if name.startswith("opencv-")]) == 1


@pytest.mark.parametrize("extra", ["mediapipe", "litert"])
def test_a_lock_of_one_engine_has_nothing_of_the_other(extra: str) -> None:
    names = {canonicalize_name(Requirement(entry.split("\\")[0]).name) for entry in entries(extra)}
    assert {"mediapipe", "ai-edge-litert"} & names == {Requirement(EXTRAS[extra][0]).name}


def test_the_demo_has_both_engines_as_their_extras_have_them() -> None:
    engines = {EXTRAS[extra][0] for extra in ("mediapipe", "litert")}
    assert engines <= {str(each) for each in requirements("demo")}


@pytest.mark.parametrize("extra", EXTRAS)
def test_a_lock_has_hashes_and_no_address(extra: str) -> None:
    found = entries(extra)
    assert found
    assert [entry.split()[0] for entry in found if "--hash=sha256:" not in entry] == []
    assert "//" not in "".join(found)


def test_a_lock_out_of_step_would_be_found() -> None:
    held = {"rich": Version("13.8"), "numpy": Version("2.4")}
    asked = [Requirement("rich>=13.9"), Requirement("numpy>=2"), Requirement("new-one")]
    assert unmet(asked, held) == ["rich>=13.9", "new-one"]
