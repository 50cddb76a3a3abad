"""The networks of a bundle are looked at before an engine sees them: whatever is wrong is one line
that names what was expected and what was found."""

import re
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.errors import UserError
from edgepose.models import bundle, tflite
from edgepose.models.bundle import PARTS
from tests.models.faults import FAULTS, altered, giving
from tests.models.network import tiny_network

DEEP = {
    "one bit flipped",
    "networks swapped",
    "a network cut short",
    "takes another shape",
    "gives another shape",
    "fewer landmarks",
    "other numbers",
}
"""Faults that show only to who reads the networks."""
TINY = tiny_network()
SMALL = bundle.pack(dict.fromkeys(PARTS, TINY))


@pytest.fixture(scope="module")
def real(model_full: Path) -> bundle.Networks:
    return bundle.networks(model_full)


def test_the_real_networks_pass(real: bundle.Networks) -> None:
    assert tflite.shapes(real.detector) == (
        [(1, 224, 224, 3)],
        [(1, 2254, 12), (1, 2254, 1)],
    )
    assert tflite.shapes(real.landmarks) == (
        [(1, 256, 256, 3)],
        [(1, 195), (1, 1), (1, 256, 256, 1), (1, 64, 64, 39), (1, 117)],
    )


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_named_in_one_line(tmp_path: Path, real: bundle.Networks, fault: str) -> None:
    make, words = FAULTS[fault]
    path = tmp_path / "pose.task"
    make(path, real)
    with pytest.raises(UserError) as told:
        bundle.networks(path)
    line = str(told.value)
    assert line.startswith(f"detection.model: {path} is not for the Pose Landmarker: {words}")
    assert line.endswith("; `edgepose model get --force` fetches one that is")
    assert line.isprintable()
    assert len(line) < len(str(path)) + 400


@pytest.mark.parametrize("fault", FAULTS)
def test_a_quick_look_says_the_same_or_nothing(
    tmp_path: Path, real: bundle.Networks, fault: str
) -> None:
    make, words = FAULTS[fault]
    path = tmp_path / "pose.task"
    make(path, real)
    # It reads no network whole.
    if fault in DEEP:
        bundle.check(path)
        return
    with pytest.raises(UserError) as told:
        bundle.check(path)
    assert str(told.value).startswith(f"{path} is not for the Pose Landmarker: {words}")
    assert str(told.value).isprintable()


def test_a_mask_and_a_heat_map_of_another_size_pass(tmp_path: Path, real: bundle.Networks) -> None:
    """Other sizes of the same model need not be as fine."""
    path = tmp_path / "pose.task"
    coarse = altered(real.landmarks, giving(3, 1, 32, 32, 39))
    path.write_bytes(bundle.pack({PARTS[0]: real.detector, PARTS[1]: coarse}))
    assert bundle.networks(path).landmarks == coarse


def test_shapes_of_a_tiny_network() -> None:
    assert tflite.shapes(TINY) == ([(64,)], [(64,)])


@pytest.mark.parametrize("content", [b"", b"TFL3", b"\0\0\0\0TFL3", b"PK\3\4 something else"])
def test_something_else_has_no_shapes(content: bytes) -> None:
    with pytest.raises(ValueError, match="TensorFlow Lite file"):
        tflite.shapes(content)


def test_a_vector_that_claims_more_than_memory_holds_is_refused() -> None:
    """Wherever the file's vectors have their lengths: each of its numbers is made huge in turn."""
    refused = 0
    for at in range(8, len(TINY) - 4, 4):
        try:
            tflite.shapes(TINY[:at] + b"\xff\xff\xff\x7f" + TINY[at + 4 :])
        except ValueError:
            refused += 1
    assert refused > 5


REFUSALS = ("", "not a TensorFlow Lite file", "not a whole TensorFlow Lite file", "a network of")


def refusal(content: bytes) -> str:
    """Why it has no shapes, without the numbers that it is of; nothing where it has."""
    try:
        tflite.shapes(content)
    except ValueError as told:
        return re.sub("(?<=^a network of).* numbers, expected float32$", "", str(told))
    return ""


edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(min_size=1, max_size=4)))


def edited(content: bytes, changes: list[tuple[float, bytes]]) -> bytes:
    damaged = bytearray(content)
    for part, new in changes:
        at = int(part * len(damaged))
        damaged[at : at + len(new)] = new
    return bytes(damaged)


@settings(deadline=None)
@given(edits, st.floats(0, 1))
def test_damaged_bytes_give_shapes_or_a_value_error(
    changes: list[tuple[float, bytes]], kept: float
) -> None:
    damaged = edited(TINY, changes)[: round(kept * 4 * len(TINY))]
    assert refusal(damaged) in REFUSALS


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 60_000), st.integers(0, 255)), min_size=1, max_size=5))
def test_a_damaged_real_network_gives_shapes_or_a_value_error(
    real: bundle.Networks, changes: list[tuple[int, int]]
) -> None:
    """Behind the weights, where a converter puts what says how to use them."""
    damaged = bytearray(real.detector)
    for back, value in changes:
        damaged[-back] = value
    assert refusal(bytes(damaged)) in REFUSALS


@settings(deadline=None)
@given(edits, st.floats(0, 1))
def test_a_damaged_zip_is_one_line(changes: list[tuple[float, bytes]], kept: float) -> None:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "pose.task"
        path.write_bytes(edited(SMALL, changes)[: round(kept * 4 * len(SMALL))])
        # The networks in it are no pose networks, so that it is never fit.
        with pytest.raises(UserError) as told:
            bundle.networks(path)
    assert str(told.value).isprintable()
