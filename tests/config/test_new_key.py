"""Adding a key touches its declaration and its user, nothing else: tried on a copy."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[2]

SECTION = 'class Device(Section, frozen=True):\n    """Who this device is."""\n'
TOLD = "Which of several devices in one place this is."
DECLARED = f"""
    unit: int = key(
        0,
        cost=Cost.RECONNECT,
        ge=0,
        le=99,
        unit="doors",
        example=7,
        text="{TOLD}",
    )
"""
USED = "found = device.id or "
USER = 'found = f"{device.unit}-" + (device.id or "")  # '

SAY_ID = """
import sys
from pathlib import Path
from edgepose.config.device import identify
from edgepose.config.load import load
print(identify(load(Path(sys.argv[1])).device).id)
"""


def files(folder: Path) -> dict[str, bytes]:
    """The source and the generated files in a folder, with what they hold."""
    found = [path for path in folder.rglob("*") if path.suffix in (".py", ".yaml", ".json", ".md")]
    return {str(path.relative_to(folder)): path.read_bytes() for path in found}


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert text.count(old) == 1, f"{path.name} has changed: mend this test"
    path.write_text(text.replace(old, new))


def python(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Python on the copy, whichever edgepose this Python has."""
    environment = os.environ | {"PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    target = tmp_path / "copy"
    for name in ("edgepose", "config"):
        without = shutil.ignore_patterns("__pycache__")
        shutil.copytree(CHECKOUT / name, target / name, ignore=without)
    shutil.copy(CHECKOUT / "pyproject.toml", target)
    return target


def test_a_new_key_is_known_everywhere_by_two_edits(copy: Path, tmp_path: Path) -> None:
    before = files(copy)
    replace(copy / "edgepose/config/model.py", SECTION, SECTION + DECLARED)
    replace(copy / "edgepose/config/device.py", USED, USER)
    done = python(copy, "-m", "edgepose.config.generate")
    assert (done.returncode, done.stderr) == (0, "")

    after = files(copy)
    assert sorted(name for name in after if after[name] != before.get(name)) == [
        "config/REFERENCE.md",
        "config/edgepose.schema.json",
        "config/edgepose.yaml",
        "edgepose/config/device.py",
        "edgepose/config/model.py",
    ]
    assert after.keys() == before.keys()
    shown, schema, reference = (
        after[f"config/{name}"].decode()
        for name in ("edgepose.yaml", "edgepose.schema.json", "REFERENCE.md")
    )
    allowed = "Allowed: 0 to 99 doors. Example: 7. Change: reconnect."
    assert f"  # {TOLD}\n  # {allowed}\n  unit: 0\n" in shown
    declared = json.loads(schema)["properties"]["device"]["properties"]["unit"]
    assert (declared["maximum"], declared["x-cost"]) == (99, "reconnect")
    assert f"### `device.unit`\n\n{TOLD}\n" in reference

    file = tmp_path / "edgepose.yaml"
    file.write_text("device:\n  id: hall\n  unit: 7\n")
    done = python(copy, "-m", "edgepose", "check", str(file))
    assert (done.returncode, done.stderr) == (0, "")
    assert python(copy, "-c", SAY_ID, str(file)).stdout == "7-hall\n"

    file.write_text("device:\n  id: hall\n  unit: 100\n  unti: 7\n")
    done = python(copy, "-m", "edgepose", "check", str(file))
    assert done.returncode == 78
    assert done.stderr.splitlines() == [
        f"{file}:3:9: device.unit: 100 is too large, allowed 0 to 99 doors",
        f"{file}:4:3: device.unti: unknown key, did you mean unit?",
    ]


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("        cost=Cost.RECONNECT,\n", "missing 1 required keyword-only argument: 'cost'"),
        (f'        text="{TOLD}",\n', "missing 1 required keyword-only argument: 'text'"),
        ("        le=99,\n", "a number is declared without `le`"),
    ],
)
def test_a_key_that_lacks_something_is_refused_at_import(
    copy: Path, left_out: str, said: str
) -> None:
    assert left_out in DECLARED
    lacking = SECTION + DECLARED.replace(left_out, "")
    replace(copy / "edgepose/config/model.py", SECTION, lacking)
    done = python(copy, "-c", "import edgepose.config.model")
    assert done.returncode == 1
    assert said in done.stderr.splitlines()[-1]
