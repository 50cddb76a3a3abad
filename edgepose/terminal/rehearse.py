"""From recorded poses back to what the engine had seen, for a test of what was made of it.

Pure. Raises ValueError where a pose has not all 33 landmarks.
"""

from collections.abc import Iterable, Iterator

from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person, Pose, WorldLandmark

_EMPTY_S = 11.0
"""An empty room is said when it becomes empty and then every 10 s; a longer silence is another."""
_PERIOD_S = 0.1


def observations(poses: Iterable[Pose]) -> Iterator[Observation]:
    """What was looked at, unmirrored and without ids; of one device's poses in their order.

    `captured_ns` is the Unix time of the capture and always rises. While a room is empty not every
    frame is published: between two poses of which the first is empty, empty ones are put in, ten
    a second. What was smoothed before it was published stays so.
    """
    at_ns, empty = 0, False
    for pose in poses:
        captured_ns = max(pose.unix_us * 1000, at_ns + 1)
        if empty and captured_ns - at_ns < _EMPTY_S * 1e9:
            step_ns = round(_PERIOD_S * 1e9)
            for filled_ns in range(at_ns + step_ns, captured_ns, step_ns):
                yield Observation(pose.frame, filled_ns, filled_ns, pose.size, ())
        answered_ns = captured_ns + round(pose.latency_ms * 1e6)
        people = tuple(_unmirrored(person, mirrored=pose.mirrored) for person in pose.people)
        if pose.set != "blazepose33":
            raise ValueError(f"seq {pose.seq}: {pose.set} has not all the landmarks")
        yield Observation(pose.frame, captured_ns, answered_ns, pose.size, people)
        at_ns, empty = captured_ns, not pose.people


def _unmirrored(person: Person, *, mirrored: bool) -> Person:
    if not mirrored:
        return Person(person.landmarks, person.world)
    return Person(
        tuple(Landmark(1.0 - mark.x, *mark[1:]) for mark in person.landmarks),
        tuple(WorldLandmark(-mark.x, *mark[1:]) for mark in person.world),
    )
