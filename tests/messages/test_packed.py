"""The packed format, byte by byte against its table."""

import math
import struct
from collections.abc import Callable
from dataclasses import replace

import pytest

from edgepose.messages import json_format, packed
from edgepose.messages.landmarks import COCO17_INDICES, SetName
from edgepose.messages.pose import (
    LAST_US,
    POSTURES,
    Landmark,
    Person,
    Pose,
    Posture,
    WorldLandmark,
)
from tests.messages.poses import a_pose, seen

HEADER_BYTES = 32


def stepped(count: int = 33, world: bool = False) -> Person:
    """A person whose landmarks all differ and lie exactly on the steps of the format."""
    return Person(
        landmarks=tuple(
            Landmark((100 * i) / 16384, (-7 * i) / 16384, (i - 16) / 16384, (7 * i) / 255, 1.0)
            for i in range(count)
        ),
        world=tuple(
            WorldLandmark(i / 10000, -i / 10000, 1.5) for i in range(count if world else 0)
        ),
        id=0x01020304,
        confidence=0.4,
        posture="lying",
    )


# The golden bytes.


def test_the_header_has_each_field_at_its_place() -> None:
    pose = Pose(
        seq=0x0A0B0C0D,
        frame=0x01020304,
        unix_us=0x0011223344556677,
        latency_ms=41.2,
        size=(640, 480),
        people=(),
    )
    assert packed.encode(pose) == bytes.fromhex(
        "e9 01 00 00"  # magic, version, flags, people
        "0d 0c 0b 0a"  # seq
        "77 66 55 44 33 22 11 00"  # unix_us
        "80 02 e0 01"  # 640, 480
        "9c 01"  # 412
        "21 00"  # 33 landmarks, set 0
        "04 03 02 01"  # frame
        "00 00 00 00"
    )


def test_a_person_has_each_field_at_its_place() -> None:
    data = packed.encode(a_pose(stepped(world=True)))
    assert data[:4] == bytes([0xE9, 1, 0b0001, 1])
    golden = bytes.fromhex("04 03 02 01660400 00")  # id, 102/255, lying, reserved
    for i in range(33):
        golden += struct.pack("<hhhBB", 100 * i, -7 * i, i - 16, 7 * i, 255)
    for i in range(33):
        golden += struct.pack("<hhh", i, -i, 15000)
    assert data[HEADER_BYTES:] == golden


def test_people_follow_each_other() -> None:
    one, two = stepped(), replace(stepped(), id=2, posture="unknown")
    data = packed.encode(a_pose(one, two))
    alone = packed.encode(a_pose(one))[HEADER_BYTES:]
    assert data[3] == 2
    assert data[HEADER_BYTES : HEADER_BYTES + 272] == alone
    assert data[HEADER_BYTES + 272 :][:8] == bytes.fromhex("02 00 00 00660000 00")


def test_a_coco_set_says_so() -> None:
    person = stepped(17)
    data = packed.encode(a_pose(person, name="coco17"))
    assert data[22:24] == bytes([17, 1])
    assert len(data) == HEADER_BYTES + 8 + 17 * 8
    assert list(COCO17_INDICES) == [0, 2, 5, 7, 8, *range(11, 17), *range(23, 29)]


@pytest.mark.parametrize(
    ("pose", "flags"),
    [
        (replace(a_pose(), mirrored=True), 0b0010),
        (replace(a_pose(), clock_unset=True), 0b0100),
        (replace(a_pose(), first=True), 0b1000),
        (a_pose(stepped(world=True)), 0b0001),
        (a_pose(stepped()), 0),
    ],
)
def test_each_flag_has_its_bit(pose: Pose, flags: int) -> None:
    data = packed.encode(pose)
    assert data[2] == flags
    back = packed.decode(data)
    world = bool(back.people and back.people[0].world)
    told = (world, back.mirrored, back.clock_unset, back.first)
    assert sum(bit << i for i, bit in enumerate(told)) == flags


@pytest.mark.parametrize(("posture", "number"), [(p, i) for i, p in enumerate(POSTURES)])
def test_each_posture_has_its_number(posture: Posture, number: int) -> None:
    data = packed.encode(a_pose(replace(stepped(), posture=posture)))
    assert data[HEADER_BYTES + 5] == number
    assert (POSTURES[0], POSTURES[4]) == ("unknown", "lying")


@pytest.mark.parametrize(
    ("people", "world", "size"),
    [(0, False, 32), (1, False, 304), (1, True, 502), (2, False, 576), (10, True, 4732)],
)
def test_the_size_is_as_published(people: int, world: bool, size: int) -> None:
    person = seen("standing") if world else replace(seen("standing"), world=())
    assert len(packed.encode(a_pose(*[person] * people))) == size


# What does not fit.


def person_at(x: float, metres: float = 0.0, unit: float = 0.5) -> Person:
    return Person(
        landmarks=(Landmark(x, -x, 0.25, unit, 1 - unit),) * 33,
        world=(WorldLandmark(metres, -metres, 0.5),) * 33,
        confidence=unit,
    )


@pytest.mark.parametrize("x", [2.0, 2.5, 1e6, 1e300])
def test_somebody_close_to_the_lens_saturates(x: float) -> None:
    [person] = packed.decode(packed.encode(a_pose(person_at(x)))).people
    nose = person.landmarks[0]
    assert (nose.x, nose.y, nose.z) == (32767 / 16384, -2.0, 0.25)
    assert person.world[0] == (0.0, 0.0, 0.5)


def test_the_last_step_before_saturation_is_exact() -> None:
    [person] = packed.decode(packed.encode(a_pose(person_at(32767 / 16384)))).people
    assert (person.landmarks[0].x, person.landmarks[0].y) == (32767 / 16384, -32767 / 16384)


def test_metres_and_units_saturate_too() -> None:
    [person] = packed.decode(packed.encode(a_pose(person_at(0.5, metres=9.0, unit=1.5)))).people
    assert person.world[0] == (3.2767, -3.2768, 0.5)
    assert person.landmarks[0] == (0.5, -0.5, 0.25, 1.0, 0.0)
    assert person.confidence == 1.0


@pytest.mark.parametrize(
    ("latency_ms", "told"),
    [(-3.0, 0.0), (6500.0, 6500.0), (6553.5, 6553.5), (6553.6, 6553.5), (1e9, 6553.5)],
)
def test_latency_saturates(latency_ms: float, told: float) -> None:
    assert packed.decode(packed.encode(replace(a_pose(), latency_ms=latency_ms))).latency_ms == told


@pytest.mark.parametrize("encode", [packed.encode, json_format.encode])
def test_a_clock_that_nobody_can_hold_saturates(encode: Callable[[Pose], bytes]) -> None:
    decode = packed.decode if encode is packed.encode else json_format.decode
    for unix_us, told in [(-5, 0), (LAST_US, LAST_US), (LAST_US + 1, LAST_US), (2**70, LAST_US)]:
        assert decode(encode(replace(a_pose(), unix_us=unix_us))).unix_us == told


def test_a_huge_picture_saturates() -> None:
    pose = packed.decode(packed.encode(replace(a_pose(), size=(70000, 480))))
    assert pose.size == (65535, 480)


@pytest.mark.parametrize(("number", "told"), [(2**32 - 1, 2**32 - 1), (2**32, 0), (2**32 + 7, 7)])
def test_numbers_wrap(number: int, told: int) -> None:
    pose = packed.decode(packed.encode(replace(a_pose(), seq=number, frame=number)))
    assert (pose.seq, pose.frame) == (told, told)


def test_world_landmarks_go_out_only_if_everybody_has_them() -> None:
    with_world, without = stepped(world=True), stepped()
    for people in [(with_world, without), (without, with_world)]:
        decoded = packed.decode(packed.encode(a_pose(*people))).people
        assert [person.world for person in decoded] == [(), ()]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", ["x", "visibility"])
def test_what_is_not_finite_is_a_value_error(bad: float, field: str) -> None:
    person = stepped()
    landmark = person.landmarks[3]._replace(**{field: bad})
    broken = replace(person, landmarks=(*person.landmarks[:3], landmark, *person.landmarks[4:]))
    for pose in [
        a_pose(broken),
        a_pose(replace(person, confidence=bad)),
        replace(a_pose(), latency_ms=bad),
    ]:
        with pytest.raises(ValueError, match=r"."):
            packed.encode(pose)


@pytest.mark.parametrize(
    ("count", "people", "name"), [(17, 1, "blazepose33"), (33, 1, "coco17"), (33, 256, "coco17")]
)
def test_what_the_format_cannot_hold_is_a_value_error(
    count: int, people: int, name: SetName
) -> None:
    with pytest.raises(ValueError, match=r"not a pose"):
        packed.encode(a_pose(*[stepped(count)] * people, name=name))
