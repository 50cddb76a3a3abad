"""What a decoder refuses, and that its sentence says which part is wrong."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from edgepose.messages import json_format, packed
from edgepose.messages.pose import DecodeError, Pose
from tests.messages.poses import a_pose, clear, seen

EMPTY = json_format.encode(a_pose())
ONE = json_format.encode(a_pose(seen("waving")))


def refusal(decode: Callable[[bytes], Pose], data: bytes) -> str:
    with pytest.raises(DecodeError) as told:
        decode(data)
    assert clear(str(told.value))
    return str(told.value)


def told_of(body: object) -> str:
    """What the json decoder says of this message."""
    return refusal(json_format.decode, json.dumps(body).encode())


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("v", [None, True, 2, "1", 1.5, [], 10**400]),
        ("seq", [None, True, "7", 7.5, []]),
        ("frame", [None, False, "7", {}, -1, 2**32]),
        ("unix_us", [None, True, "now", 1.5, 2**53]),
        ("latency_ms", [None, True, "41", [], 10**400]),
        ("size", [None, 640, [640], [640, 480, 3], ["640", 480], [True, 480], [0, 480], [1.5, 2]]),
        ("set", [None, 0, "coco", "coco18", ["coco17"], "x" * 1000]),
        ("clock", [None, True, "ok", ["unset"]]),
        ("mirrored", [None, False, 1, "true"]),
        ("people", [None, {}, "", [None], [[]], [{}], [{"landmarks": None}], 0]),
    ],
)
def test_a_wrong_value_names_its_key(key: str, values: list[Any]) -> None:
    for value in values:
        body = {**json.loads(ONE), key: value}
        told = told_of(body)
        names = {"v": ("v", "version"), "people": ("people", "landmarks")}.get(key, (key,))
        assert told.startswith(names) or (key == "set" and "landmark set" in told)


@pytest.mark.parametrize("key", ["v", "seq", "frame", "unix_us", "latency_ms", "size", "set"])
def test_a_missing_key_is_named(key: str) -> None:
    body = json.loads(ONE)
    del body[key]
    assert told_of(body).startswith(f"{key}: ")


@pytest.mark.parametrize(
    ("key", "values"),
    [
        ("id", [None, "17", 1.5, True]),
        ("confidence", [None, "1", True, [1], 1.01, -0.01]),
        ("posture", [None, "flying", 1, ["standing"], {}, [[[]]]]),
        ("landmarks", [None, [], [[0.5] * 5] * 32, [[0.5] * 5] * 34, [[0.5] * 4] * 33, [0.5] * 33]),
        ("world", [None, [[0.5] * 3] * 17, [[0.5] * 5] * 33, [["0", 0, 0]] * 33, 0]),
    ],
)
def test_so_is_a_wrong_value_in_a_person(key: str, values: list[Any]) -> None:
    for value in values:
        body = json.loads(ONE)
        body["people"][0][key] = value
        told = told_of(body)
        assert key in told or (key == "world" and "landmarks" in told)


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_is_no_number_in_json_is_refused(name: str) -> None:
    text = EMPTY.replace(b"41.2", name.encode())
    assert refusal(json_format.decode, text) == f"not JSON: {name} is not a number"


@pytest.mark.parametrize("number", [b"1e999", b"-1e999", b"9" * 400, b"9" * 5000])
def test_a_number_beyond_all_bounds_is_refused(number: bytes) -> None:
    refusal(json_format.decode, EMPTY.replace(b"41.2", number))
    refusal(json_format.decode, ONE.replace(b"[0.", b"[" + number + b",0.", 1))


@pytest.mark.parametrize("depth", [100, 900, 990, 100_000])
@pytest.mark.parametrize(("opening", "closing"), [(b"[", b"]"), (b'{"v":', b"}")])
def test_deep_nesting_is_refused(depth: int, opening: bytes, closing: bytes) -> None:
    nested = opening * depth + b"1" + closing * depth
    refusal(json_format.decode, nested)
    for value in (b'"blazepose33"', b"41.2", b"[640,480]", b"[]"):
        refusal(json_format.decode, EMPTY.replace(value, nested))


def test_of_two_keys_of_one_name_the_last_counts() -> None:
    # As in JavaScript: two subscribers of one message must not see different things.
    text = EMPTY.decode().replace('"seq":48211', '"seq":1,"seq":2')
    assert json_format.decode(text).seq == 2


@pytest.mark.parametrize(
    ("at", "byte", "says"),
    [
        (0, 0x7B, "first byte 0x7B, not 0xE9: not a packed pose"),
        (1, 2, "version 2, this decoder knows 1"),
        (3, 1, "576 bytes, 1 people take 304"),
        (15, 0x20, "unix_us 2307638349337150741, beyond 9007199254740991"),
        (22, 17, "17 landmarks for each person, blazepose33 has 33"),
        (23, 2, "unknown landmark set 2"),
        (32 + 5, 5, "unknown posture 5"),
    ],
)
def test_packed_says_what_is_wrong(at: int, byte: int, says: str) -> None:
    person = replace(seen("waving"), world=())
    data = bytearray(packed.encode(a_pose(person, person)))
    data[at] = byte
    assert refusal(packed.decode, bytes(data)) == says
