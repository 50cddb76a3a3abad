"""The zip that edgepose writes, and the quick look that tells a damaged one."""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.errors import UserError
from edgepose.models import bundle
from edgepose.models.tflite import ALIGNMENT
from tests.models.host import CONTENT


def test_the_same_parts_give_the_same_bytes_everywhere() -> None:
    packed = bundle.pack({"a.tflite": b"one", "b.tflite": bytes(1000)})
    golden = "ab65ebbba5875e42459752f9de4d9ec70ef014ee4f84e8f87a84f20fef0800ac"
    assert hashlib.sha256(packed).hexdigest() == golden


def test_every_part_is_stored_and_aligned(tmp_path: Path) -> None:
    parts = {"a": b"odd", "some_longer_name": b"seventy" * 11, "b": b"last"}
    path = tmp_path / "packed"
    path.write_bytes(bundle.pack(parts))
    content = path.read_bytes()
    with zipfile.ZipFile(path) as packed:
        assert packed.testzip() is None
        for entry in packed.infolist():
            assert entry.compress_type == zipfile.ZIP_STORED
            start = content.index(parts[entry.filename])
            assert start % ALIGNMENT == 0


def test_a_whole_bundle_passes(tmp_path: Path, model_full: Path) -> None:
    path = tmp_path / "whole.task"
    path.write_bytes(CONTENT)
    bundle.check(path)
    bundle.check(model_full)


@settings(deadline=None)
@given(st.integers(0, len(CONTENT) - 1))
def test_a_bundle_cut_short_anywhere_is_one_clear_error(kept: int) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "cut.task"
        path.write_bytes(CONTENT[:kept])
        with pytest.raises(UserError, match="it is no whole bundle"):
            bundle.check(path)


def test_a_part_that_is_no_network_is_told(tmp_path: Path) -> None:
    path = tmp_path / "odd.task"
    path.write_bytes(bundle.pack(dict.fromkeys(bundle.PARTS, b"not a network")))
    with pytest.raises(UserError, match=r"its pose_detector\.tflite is not a TensorFlow"):
        bundle.check(path)


def test_another_kind_of_bundle_is_told(tmp_path: Path) -> None:
    path = tmp_path / "hands.task"
    path.write_bytes(bundle.pack({"hand_detector.tflite": b"\0\0\0\0TFL3"}))
    with pytest.raises(UserError, match=r"is not for the Pose Landmarker: it holds"):
        bundle.check(path)


def test_mediapipe_uses_the_weights_where_they_are(model_full: Path) -> None:
    """MediaPipe opens the real bundle and does not say that it copies anything."""
    program = (
        "import sys; from mediapipe.tasks.python import BaseOptions, vision\n"
        "options = vision.PoseLandmarkerOptions(BaseOptions(model_asset_path=sys.argv[1]))\n"
        "vision.PoseLandmarker.create_from_options(options).close()\n"
    )
    command = [sys.executable, "-c", program, str(model_full)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "unaligned" not in done.stderr
