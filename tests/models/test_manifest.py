"""The list of bundles, and the state of what is on disk."""

from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.models import manifest
from tests.models.host import CONTENT, listed, write_manifest


def test_the_shipped_list_names_the_three_bundles() -> None:
    bundles = manifest.load()
    assert list(bundles) == ["lite", "full", "heavy"]
    for name, bundle in bundles.items():
        assert bundle.file == f"pose_landmarker_{name}.task"
        assert bundle.url.startswith("https://storage.googleapis.com/mediapipe-models/")
        assert bundle.url.endswith(bundle.file)
        assert all(len(bytes.fromhex(digest)) == 32 for digest in bundle.sha256)
    recipe = bundles["full"].recipe
    assert recipe is not None
    assert [part.name for part in recipe.parts] == [
        "pose_detector.tflite",
        "pose_landmarks_detector.tflite",
    ]


def test_the_real_bundle_is_present(model_full: Path) -> None:
    state, origin = manifest.load()["full"].look(model_full.parent)
    assert state == "present"
    assert origin in ("storage.googleapis.com", "built from mediapipe 0.10.21")


def test_missing_present_altered(tmp_path: Path) -> None:
    bundle = listed("https://models.example/lite.task")
    assert bundle.look(tmp_path) == ("missing", None)
    (tmp_path / bundle.file).write_bytes(CONTENT)
    assert bundle.look(tmp_path) == ("present", "models.example")
    (tmp_path / bundle.file).write_bytes(CONTENT[:-1] + b"x")
    assert bundle.look(tmp_path) == ("altered", None)


def test_a_directory_with_its_own_list_is_read_by_it(tmp_path: Path) -> None:
    bundle = listed("https://models.example/lite.task")
    write_manifest(tmp_path, bundle)
    assert manifest.load(tmp_path) == {"lite": bundle}
    (tmp_path / "manifest").unlink()
    assert manifest.load(tmp_path) == manifest.load()


@pytest.mark.parametrize("text", ["[lite", "[lite]\nfile = 'x'", "lite = 3", "[lite]\nsha256 = []"])
def test_a_damaged_list_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest").write_text(text)
    with pytest.raises(UserError, match="install edgepose again") as told:
        manifest.load(tmp_path)
    assert "\n" not in str(told.value)
