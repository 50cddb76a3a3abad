"""Pose messages to encode: made ones of every kind, and what the engine really saw."""

import json
from itertools import cycle, islice
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st

from edgepose.messages.landmarks import SETS, SetName
from edgepose.messages.observation import Observation
from edgepose.messages.pose import (
    LAST_US,
    POSTURES,
    Landmark,
    Person,
    Pose,
    WorldLandmark,
)

# The same examples at every run: a test that fails must fail again.
QUICK = settings(max_examples=150, deadline=None, database=None, derandomize=True)
MANY = settings(QUICK, max_examples=1500)

U32 = 2**32 - 1


def seen(name: str) -> Person:
    """What the full model saw in the actor's scene of this name, to 6 decimals: `seen.json`."""
    rows = json.loads(Path(__file__).with_name("seen.json").read_text())[name]
    return Person(
        landmarks=tuple(Landmark(*row) for row in rows["landmarks"]),
        world=tuple(WorldLandmark(*row) for row in rows["world"]),
        id=17,
        confidence=sum(row[4] for row in rows["landmarks"]) / 33,
        posture="standing",
    )


def finite(low: float, high: float) -> st.SearchStrategy[float]:
    """Numbers between two bounds, both included."""
    return st.floats(low, high, allow_nan=False)


def rows(row: st.SearchStrategy[tuple[float, ...]], count: int) -> st.SearchStrategy[list[float]]:
    """`count` rows, of which a few differ: the others would only cost time."""
    return st.lists(row, min_size=1, max_size=5).map(
        lambda few: [n for one in islice(cycle(few), count) for n in one]
    )


@st.composite
def people(draw: st.DrawFn, count: int, world: bool, reach: float) -> Person:
    """A person whose coordinates lie within ±`reach`."""
    coordinate, unit = finite(-reach, reach), finite(0, 1)
    numbers = draw(rows(st.tuples(coordinate, coordinate, coordinate, unit, unit), count))
    metres = draw(rows(st.tuples(coordinate, coordinate, coordinate), count)) if world else []
    return Person(
        landmarks=tuple(Landmark(*numbers[i : i + 5]) for i in range(0, 5 * count, 5)),
        world=tuple(WorldLandmark(*metres[i : i + 3]) for i in range(0, len(metres), 3)),
        id=draw(st.integers(0, U32)),
        confidence=draw(unit),
        posture=draw(st.sampled_from(POSTURES)),
    )


@st.composite
def poses(draw: st.DrawFn, reach: float = 1.9, latency_ms: float = 6553.5) -> Pose:
    """Any pose message; coordinates within ±`reach`."""
    name: SetName = draw(st.sampled_from(sorted(SETS)))
    person = people(len(SETS[name]), draw(st.booleans()), reach)
    return Pose(
        seq=draw(st.integers(0, U32)),
        frame=draw(st.integers(0, U32)),
        unix_us=draw(st.integers(0, LAST_US)),
        latency_ms=draw(finite(0, latency_ms)),
        size=draw(st.tuples(st.integers(1, 65535), st.integers(1, 65535))),
        people=tuple(draw(st.lists(person, max_size=3))),
        set=name,
        mirrored=draw(st.booleans()),
        clock_unset=draw(st.booleans()),
        first=draw(st.booleans()),
    )


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    """Any observation of the vision process."""
    person = people(33, draw(st.booleans()), 3.0).map(
        lambda p: Person(landmarks=p.landmarks, world=p.world)
    )
    return Observation(
        frame=draw(st.integers(0, U32)),
        captured_ns=draw(st.integers(0, 2**64 - 1)),
        answered_ns=draw(st.integers(0, 2**64 - 1)),
        size=draw(st.tuples(st.integers(1, 65535), st.integers(1, 65535))),
        people=tuple(draw(st.lists(person, max_size=3))),
    )


def a_pose(*persons: Person, name: SetName = "blazepose33") -> Pose:
    """A pose message with a common header."""
    return Pose(
        seq=48211,
        frame=51877,
        unix_us=1_795_340_123_456_789,
        latency_ms=41.2,
        size=(640, 480),
        people=persons,
        set=name,
    )


def clear(sentence: str) -> bool:
    """Whether an error's text is for people: one line, not too long, nothing said twice."""
    return sentence.isprintable() and 10 <= len(sentence) <= 200 and sentence.count("not JSON") <= 1
