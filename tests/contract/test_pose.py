"""What is written by hand about the landmark stream is what its encoders do."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.contract.pose import PACKED_SCHEMA
from edgepose.contract.seen import POSES
from edgepose.messages import json_format, packed
from edgepose.messages.landmarks import SETS
from edgepose.messages.pose import POSTURES, Pose
from tests.harness.published import document, validator
from tests.messages.poses import QUICK, a_pose, poses, seen

SOMEBODY = POSES["Somebody stands there"]
CHECK = validator(document()["components"]["messages"]["Pose"])


@QUICK
@given(poses())
def test_whatever_the_encoder_makes_keeps_the_contract(pose: Pose) -> None:
    CHECK.validate(json.loads(json_format.encode(pose)))


def put(path: list[Any], value: Any) -> Callable[[Any], None]:
    """Something that sets what stands at `path`, or takes it away where the value is `...`."""

    def change(body: Any) -> None:
        for step in path[:-1]:
            body = body[step]
        if value is ...:
            del body[path[-1]]
        else:
            body[path[-1]] = value

    return change


PERSON = ["people", 0]
ROW = [*PERSON, "landmarks", 5]
WORLD = [*PERSON, "world", 5]
CHANGES = [
    *([name] for name in ("v", "seq", "frame", "unix_us", "latency_ms", "size", "set", "people")),
    *([*PERSON, name] for name in ("id", "confidence", "posture", "landmarks")),
]
BAD = [
    *((path, ...) for path in CHANGES),
    *((path, None) for path in CHANGES),
    *((path, "5") for path in CHANGES),
    (["seq"], -1),
    (["seq"], 2**32),
    (["seq"], 1.5),
    (["v"], 2),
    (["size"], [640]),
    (["size"], [640, 480, 3]),
    (["size"], [640, 0]),
    (["clock"], "ok"),
    (["clock"], None),
    (["mirrored"], False),
    (["first"], True),
    ([*PERSON, "confidence"], 1.01),
    ([*PERSON, "name"], "Jo"),
    (ROW, ...),
    (WORLD, ...),
    (ROW, [0.5, 0.5, 0.5, 1]),
    (ROW, [0.5, 0.5, 0.5, 1, 1, 1]),
    (ROW, [0.5, 0.5, 0.5, 1.01, 1]),
    (ROW, [0.5, 0.5, 0.5, 1, -0.01]),
    (ROW, [0.5, None, 0.5, 1, 1]),
    (ROW, [0.5, "0.5", 0.5, 1, 1]),
    (ROW, [True, 0.5, 0.5, 1, 1]),
    (WORLD, [0.5, 0.5]),
    (WORLD, [0.5, 0.5, 0.5, 1]),
]


@pytest.mark.parametrize(("path", "value"), BAD)
def test_a_message_that_is_not_quite_one_does_not(path: list[Any], value: Any) -> None:
    body = json.loads(json_format.encode(a_pose(seen("standing"), seen("standing"))))
    CHECK.validate(body)
    put(path, value)(body)
    assert not CHECK.is_valid(body)


@settings(QUICK, max_examples=50)
@given(poses().filter(lambda pose: bool(pose.people)), st.data())
def test_the_set_says_how_many_rows_there_are(pose: Pose, data: st.DataObject) -> None:
    body = json.loads(json_format.encode(pose))
    person = data.draw(st.sampled_from(body["people"]))
    rows = person[data.draw(st.sampled_from([name for name in person if name in ROWS]))]
    others = st.integers(0, 40).filter(lambda count: count != len(SETS[pose.set]))
    rows[:] = (rows * 3)[: data.draw(others)]
    assert not CHECK.is_valid(body)


ROWS = ("landmarks", "world")


def test_the_layout_in_words_is_as_long_as_a_message() -> None:
    words = " ".join(PACKED_SCHEMA["description"].split())
    said = re.search(r"is (\d+) bytes long and, for each person, (\d+) and (\d+) for", words)
    assert said is not None
    header, person, landmark = (int(number) for number in said.groups())
    assert len(packed.encode(POSES["An empty room"])) == header
    assert len(packed.encode(SOMEBODY)) == header + person + 33 * landmark
    with_world = re.search(r"(\d+) with world", words)
    assert with_world is not None
    assert len(packed.encode(a_pose(seen("standing")))) == header + person + 33 * int(with_world[1])


def test_the_layout_in_words_says_where_a_field_stands() -> None:
    data = packed.encode(SOMEBODY)
    sizes = {"u8": 1, "u16": 2, "u32": 4, "u64": 8}
    rows = re.findall(r"^\| (\d+) \| ([\w, ]+) \| (.+) \|$", PACKED_SCHEMA["description"], re.M)
    found = {}
    end = 0
    for offset, kinds, what in rows:
        assert int(offset) == end
        start, numbers = end, []
        for kind in kinds.split(", "):
            numbers.append(int.from_bytes(data[end : end + sizes[kind]], "little"))
            end += sizes[kind]
        found[what.split(":")[0]] = numbers
        assert end > start
    assert end == 32
    assert found["magic 0xE9"] == [0xE9]
    assert found["version 1"] == [packed.VERSION]
    assert found["flags"] == [0]
    assert found["people"] == [1]
    assert found["seq"] == [SOMEBODY.seq]
    assert found["unix_us"] == [SOMEBODY.unix_us]
    assert found["width, height"] == list(SOMEBODY.size)
    assert found["latency in 0.1 ms"] == [412]
    assert found["landmarks for each person"] == [33]
    assert found["set"] == [0]
    assert found["frame"] == [SOMEBODY.frame]


def test_the_layout_in_words_has_every_posture_and_set() -> None:
    words = PACKED_SCHEMA["description"]
    assert ", ".join(f"{number} {name}" for number, name in enumerate(POSTURES)) in words
    assert ", ".join(f"{number} {name}" for number, name in enumerate(SETS)) in words
