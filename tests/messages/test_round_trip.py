"""What goes in comes out again, as near as each format promises."""

from dataclasses import replace

from hypothesis import given

from edgepose.messages import json_format, packed
from edgepose.messages.pose import Pose
from tests.messages.poses import QUICK, poses

# Beside the half step of each format, a few last bits of a float.
BITS = 1e-9


def near(pose: Pose, back: Pose, *, xyz: float, unit: float, metre: float, latency: float) -> None:
    """Assert that `back` is `pose` within these bounds."""
    assert abs(back.latency_ms - pose.latency_ms) <= latency + BITS
    assert len(back.people) == len(pose.people)
    for told, person in zip(back.people, pose.people, strict=True):
        assert (told.id, told.posture) == (person.id, person.posture)
        assert abs(told.confidence - person.confidence) <= unit + BITS
        for row, wanted in zip(told.landmarks, person.landmarks, strict=True):
            bounds = (xyz, xyz, xyz, unit, unit)
            for n, w, bound in zip(row, wanted, bounds, strict=True):
                assert abs(n - w) <= bound + BITS
        for metres, wanted_metres in zip(told.world, person.world, strict=True):
            assert all(
                abs(n - w) <= metre + BITS for n, w in zip(metres, wanted_metres, strict=True)
            )
    assert back == replace(pose, people=back.people, latency_ms=back.latency_ms)


@QUICK
@given(poses())
def test_packed(pose: Pose) -> None:
    back = packed.decode(packed.encode(pose))
    near(pose, back, xyz=0.5 / 16384, unit=0.5 / 255, metre=0.5e-4, latency=0.05)


@QUICK
@given(poses(reach=1e6, latency_ms=1e9))
def test_json(pose: Pose) -> None:
    # It has no flag for the first message of a run.
    back = json_format.decode(json_format.encode(pose))
    near(replace(pose, first=False), back, xyz=0.5e-4, unit=0.005, metre=0.5e-4, latency=0.05)


@QUICK
@given(poses())
def test_what_was_decoded_encodes_to_the_same_bytes(pose: Pose) -> None:
    data, text = packed.encode(pose), json_format.encode(pose)
    assert packed.encode(packed.decode(data)) == data
    assert json_format.encode(json_format.decode(text)) == text


@QUICK
@given(poses())
def test_every_kind_of_buffer_decodes(pose: Pose) -> None:
    data, text = packed.encode(pose), json_format.encode(pose)
    assert packed.decode(bytearray(data)) == packed.decode(memoryview(data)) == packed.decode(data)
    assert json_format.decode(bytearray(text)) == json_format.decode(text.decode())
