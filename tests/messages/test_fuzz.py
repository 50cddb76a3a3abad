"""More than 100,000 damaged messages for each decoder: refused by name, or a whole pose.

Python and JavaScript get the same ones and have to decide alike, to the last bit of each number.
"""

import math
from functools import cache

import pytest

from edgepose.messages import SETS, DecodeError, Pose
from tests.harness.node import Node
from tests.messages.damage import Kind, damaged, goldens, truncated
from tests.messages.golden import FORMATS
from tests.messages.javascript import digest, digests
from tests.messages.poses import clear

COUNT = 100_000
pytestmark = [pytest.mark.slow, pytest.mark.parametrize("kind", ["packed", "json"])]


def decoded(kind: Kind, data: bytes) -> Pose | DecodeError:
    """The pose, or why there is none; all else is raised."""
    try:
        return FORMATS[kind][2](data)
    except DecodeError as error:
        return error


def assert_whole(pose: Pose) -> None:
    """Every number is finite and within its bounds, and there are as many as there should be."""
    numbers = [pose.latency_ms]
    for person in pose.people:
        assert len(person.landmarks) == len(SETS[pose.set])
        assert len(person.world) in (0, len(SETS[pose.set]))
        assert 0 <= person.id < 2**32
        numbers += [n for row in (*person.landmarks, *person.world) for n in row]
        shares = [person.confidence, *(n for row in person.landmarks for n in row[3:])]
        assert 0 <= min(shares) <= max(shares) <= 1
    assert all(map(math.isfinite, numbers))
    assert max(pose.seq, pose.frame) < 2**32
    assert min(pose.seq, pose.frame, pose.unix_us) >= 0
    assert pose.unix_us < 2**53
    assert min(pose.size) >= 1


@cache
def verdicts(kind: Kind) -> list[str | None]:
    """The digest of what Python makes of each damaged message; None where it is refused."""
    told: list[str | None] = []
    for data in damaged(kind, COUNT):
        pose = decoded(kind, data)
        if isinstance(pose, Pose):
            assert_whole(pose)
            told.append(digest(pose))
        else:
            assert clear(str(pose)), (pose, data)
            told.append(None)
    return told


def test_python_refuses_or_gives_a_whole_pose(kind: Kind) -> None:
    taken = COUNT - verdicts(kind).count(None)
    print(f"{kind}: {taken} of {COUNT} damaged messages still are messages")
    # Or the damage would not reach what lies behind the first check.
    assert COUNT / 20 < taken < COUNT / 2


def test_javascript_decides_alike(kind: Kind, node: Node) -> None:
    answers = digests(node, ((kind, data) for data in damaged(kind, COUNT)))
    pairs = zip(verdicts(kind), answers, strict=True)
    wrong = [i for i, (wanted, answer) in enumerate(pairs) if answer != wanted]
    assert wrong == [], [*damaged(kind, COUNT)][wrong[0]]


def test_python_refuses_whatever_is_cut_off(kind: Kind) -> None:
    taken = [data for data in truncated(kind) if isinstance(decoded(kind, data), Pose)]
    assert taken == []


def test_javascript_refuses_whatever_is_cut_off(kind: Kind, node: Node) -> None:
    cut = [*truncated(kind)]
    assert len(cut) == sum(map(len, goldens(kind)))
    assert set(digests(node, ((kind, data) for data in cut))) == {None}
