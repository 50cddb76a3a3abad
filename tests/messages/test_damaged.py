"""Damaged messages: a DecodeError with a clear sentence, or a value; never anything else."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.messages import json_format, packed
from edgepose.messages.pose import DecodeError, Pose
from tests.messages.poses import QUICK, a_pose, clear, seen

PACKED = [packed.encode(a_pose(*people)) for people in [(), (seen("waving"), seen("standing"))]]
# `test_fuzz.py` has a hundred thousand more; these shrink what fails to the least that does.
FEW = settings(QUICK, max_examples=300)
JSON = [json_format.encode(a_pose(*people)) for people in [(), (seen("waving"),)]]
Decoder = Callable[[bytes], Pose]
BOTH = [(packed.decode, data) for data in PACKED] + [(json_format.decode, data) for data in JSON]
each = pytest.mark.parametrize(
    ("decode", "data"), BOTH, ids=["packed-empty", "packed-two", "json-empty", "json-one"]
)

Edits = list[tuple[int, int, bytes]]
edits: st.SearchStrategy[Edits] = st.lists(
    st.tuples(st.integers(0, 2**20), st.integers(0, 4), st.binary(max_size=4)),
    min_size=1,
    max_size=6,
)


def outcome(decode: Decoder, data: bytes) -> Pose | DecodeError:
    try:
        return decode(data)
    except DecodeError as error:
        return error


def judge(decode: Decoder, data: bytes) -> None:
    """Decode, and hold the error to its form."""
    result = outcome(decode, data)
    assert isinstance(result, Pose) or clear(str(result))


def edited(data: bytes, changes: Edits) -> bytes:
    """`data` with bytes cut out and put in."""
    for at, cut, put in changes:
        start = at % (len(data) + 1)
        data = data[:start] + put + data[start + cut :]
    return data


@each
def test_cut_off_anywhere(decode: Decoder, data: bytes) -> None:
    for length in range(len(data)):
        with pytest.raises(DecodeError) as told:
            decode(data[:length])
        assert clear(str(told.value))


@each
def test_with_something_behind(decode: Decoder, data: bytes) -> None:
    for more in (b"\0", b"{}", b"\xff" * 272, data):
        with pytest.raises(DecodeError) as told:
            decode(data + more)
        assert clear(str(told.value))


@each
def test_with_any_one_byte_changed(decode: Decoder, data: bytes) -> None:
    for at in range(len(data)):
        for flip in (0x01, 0x80, 0xFF):
            judge(decode, data[:at] + bytes([data[at] ^ flip]) + data[at + 1 :])


@FEW
@given(st.sampled_from(PACKED), edits)
def test_packed_with_random_edits(data: bytes, changes: Edits) -> None:
    judge(packed.decode, edited(data, changes))


@FEW
@given(st.sampled_from(JSON), edits)
def test_json_with_random_edits(data: bytes, changes: Edits) -> None:
    judge(json_format.decode, edited(data, changes))


@FEW
@given(st.binary(max_size=600))
def test_random_bytes(data: bytes) -> None:
    judge(packed.decode, data)
    judge(packed.decode, PACKED[0][:2] + data)
    judge(json_format.decode, data)


VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda v: st.lists(v, max_size=3) | st.dictionaries(st.text(max_size=3), v, max_size=3),
    max_leaves=4,
)


def put(body: Any, number: int, value: Any) -> None:
    """Write `value` over something in `body`: each number means a place, at any depth."""
    keys = sorted(body) if isinstance(body, dict) else range(len(body))
    rest, index = divmod(number, len(keys))
    inner = body[keys[index]]
    if rest and isinstance(inner, list | dict) and inner:
        put(inner, rest, value)
    else:
        body[keys[index]] = value


@FEW
@given(
    st.lists(st.tuples(st.integers(0, 2**16), VALUES | st.just(10**400)), min_size=1, max_size=3)
)
def test_json_with_other_values_in_it(changes: list[tuple[int, Any]]) -> None:
    body: Any = json.loads(JSON[1])
    for number, value in changes:
        put(body, number, value)
    judge(json_format.decode, json.dumps(body).encode("utf-8", "surrogatepass"))
