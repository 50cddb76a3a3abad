"""Which bundle runs, and what a person reads when none can."""

import subprocess
import sys
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.models import manifest
from edgepose.models.resolve import LITE_BELOW, resolve
from tests.models.host import CONTENT

SMALL, LARGE = LITE_BELOW - 1, LITE_BELOW


def put(directory: Path, name: str, content: bytes = CONTENT) -> Path:
    path = directory / manifest.load()[name].file
    path.write_bytes(content)
    return path


@pytest.mark.parametrize(("memory", "name"), [(SMALL, "lite"), (LARGE, "full")])
def test_auto_goes_by_memory(tmp_path: Path, memory: int, name: str) -> None:
    paths = {each: put(tmp_path, each) for each in ("lite", "full", "heavy")}
    found = resolve("auto", tmp_path, memory)
    assert (found.name, found.path, found.why) == (name, paths[name], None)


@pytest.mark.parametrize("there", ["full", "heavy"])
def test_auto_takes_what_is_there_and_says_why(tmp_path: Path, there: str) -> None:
    put(tmp_path, there)
    found = resolve("auto", tmp_path, SMALL)
    assert found.name == there
    assert found.why is not None
    assert "not lite" in found.why
    assert "`edgepose model get lite`" in found.why


def test_auto_passes_over_a_damaged_bundle(tmp_path: Path) -> None:
    put(tmp_path, "full", CONTENT[:1000])
    put(tmp_path, "lite")
    found = resolve("auto", tmp_path, LARGE)
    assert found.name == "lite"
    assert found.why is not None
    assert "it is no whole bundle" in found.why


def test_nothing_there_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="type `edgepose model get full`"):
        resolve("auto", tmp_path, LARGE)


def test_a_name_is_taken_by_its_word(tmp_path: Path) -> None:
    put(tmp_path, "full")
    with pytest.raises(UserError, match=r"the model heavy is not at .*`edgepose model get heavy`"):
        resolve("heavy", tmp_path)


def test_a_truncated_bundle_is_one_clear_line(tmp_path: Path, model_full: Path) -> None:
    put(tmp_path, "full", model_full.read_bytes()[:-100])
    with pytest.raises(UserError, match=r"no whole bundle.*`edgepose model get full`") as told:
        resolve("full", tmp_path)
    assert "\n" not in str(told.value)
    assert told.value.exit_code == 69


def test_a_path_is_used_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.task"
    path.write_bytes(CONTENT)
    assert resolve(str(path)).path == path
    path.write_bytes(b"")
    with pytest.raises(UserError, match="no whole bundle"):
        resolve(str(path))


def test_a_misspelt_name_lists_the_names() -> None:
    with pytest.raises(UserError, match=r"model ful: no such file.*auto, lite, full, heavy"):
        resolve("ful")


def test_the_machine_s_own_memory_and_list_are_the_default(model_full: Path) -> None:
    assert resolve("auto").path.parent == model_full.parent
    assert resolve("full").path == model_full


def test_resolving_loads_no_engine() -> None:
    program = (
        "import sys, edgepose.models.resolve\n"
        "print(sorted({'numpy', 'mediapipe', 'cv2', 'rich', 'http', 'ssl'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
