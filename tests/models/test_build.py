"""A bundle from a wheel: the same bytes each time, and nothing that is not listed."""

import hashlib
import zipfile
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.models import bundle, manifest
from edgepose.models.build import from_wheel
from edgepose.models.manifest import Normalization, Part, Recipe
from tests.models.network import tiny_network


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def recipe(detector: bytes, landmarks: bytes) -> Recipe:
    """A recipe for these two, as the manifest has for the real ones."""
    parts = (
        Part(bundle.PARTS[0], "a/detector.tflite", sha256(detector)),
        Part(bundle.PARTS[1], "b/full.tflite", sha256(landmarks), Normalization(0.0, 255.0)),
    )
    return Recipe("mediapipe", "0.10.21", "3.11", "manylinux_2_28_x86_64", 1, 1, "", parts)


def wheel(path: Path, detector: bytes, landmarks: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        out.writestr("a/detector.tflite", detector)
        out.writestr("b/full.tflite", landmarks)
        out.writestr("c/library.so", b"never looked at")
    return path


def test_the_bundle_holds_both_networks(tmp_path: Path) -> None:
    detector, landmarks = tiny_network(b"other"), tiny_network()
    made = from_wheel(wheel(tmp_path / "w.whl", detector, landmarks), recipe(detector, landmarks))
    path = tmp_path / "made.task"
    path.write_bytes(made)
    bundle.check(path)
    with zipfile.ZipFile(path) as packed:
        assert packed.read(bundle.PARTS[0]) == detector
        described = packed.read(bundle.PARTS[1])
    assert described.endswith(landmarks)
    assert b"TFLITE_METADATA" in described


@pytest.mark.parametrize("altered", [0, 1])
def test_a_flipped_byte_in_a_network_is_refused(tmp_path: Path, altered: int) -> None:
    networks = [tiny_network(b"other"), tiny_network()]
    listed = recipe(*networks)
    networks[altered] = networks[altered][:-1] + bytes([networks[altered][-1] ^ 1])
    with pytest.raises(UserError, match=r"w\.whl refused: its .*tflite has SHA-256"):
        from_wheel(wheel(tmp_path / "w.whl", *networks), listed)


def test_a_flipped_byte_in_the_zip_is_refused(tmp_path: Path) -> None:
    networks = [tiny_network(b"other"), tiny_network()]
    path = wheel(tmp_path / "w.whl", *networks)
    content = bytearray(path.read_bytes())
    content[200] ^= 1
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"w\.whl refused"):
        from_wheel(path, recipe(*networks))


@pytest.mark.parametrize("content", [b"", b"no zip", bundle.pack({"other": b"x"})])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "w.whl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"w\.whl refused") as told:
        from_wheel(path, recipe(b"", b""))
    assert "\n" not in str(told.value)


def test_the_real_bundle_is_built_the_same_again(tmp_path: Path, model_full: Path) -> None:
    """From the networks in the bundle at hand: what the list promises for every machine.

    Where the official file is at hand there is nothing to build again from: it holds other bytes.
    """
    full = manifest.load()["full"]
    assert full.recipe is not None
    if sha256(model_full.read_bytes()) in full.sha256:
        return
    path = tmp_path / "w.whl"
    with zipfile.ZipFile(model_full) as packed, zipfile.ZipFile(path, "w") as out:
        for part in full.recipe.parts:
            content = packed.read(part.name)
            starts = range(0, 4096, 64) if part.normalization else range(1)
            (network,) = (content[n:] for n in starts if sha256(content[n:]) == part.sha256)
            out.writestr(part.member, network)
    made = from_wheel(path, full.recipe)
    assert sha256(made) == full.recipe.sha256
    assert len(made) == full.recipe.bytes
