"""From an observation to the pose message that subscribers get, or to the news that there is none.

Owns the rule of what is new, the choice of landmarks and the mirror. Runs on the daemon's loop.
People have no ids yet: 0, untracked.
"""

from dataclasses import dataclass
from typing import Final

from edgepose.messages.landmarks import COCO17_INDICES, SetName
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person, WorldLandmark

EMPTY_EVERY_NS: Final = 10_000_000_000
"""An empty room is said when it becomes empty and then this often."""


@dataclass(frozen=True, slots=True)
class View:
    """How subscribers want to see people: config keys `messages.*` and `camera.mirror`."""

    landmarks: SetName = "blazepose33"
    world: bool = False
    mirror: bool = False


class Scene:
    """Remembers what was said last."""

    def __init__(self, view: View) -> None:
        self.view = view
        self._empty_said_ns: int | None = None

    def observe(self, observation: Observation, now_ns: int) -> tuple[Person, ...] | None:
        """The people of `observation` as subscribers get them; None where nothing is new.

        `now_ns`: CLOCK_BOOTTIME.
        """
        if not observation.people:
            said_ns = self._empty_said_ns
            if said_ns is not None and now_ns - said_ns < EMPTY_EVERY_NS:
                return None
            return ()
        return tuple(self._seen(person) for person in observation.people)

    def said(self, people: tuple[Person, ...], now_ns: int) -> None:
        """Note that `people` were published: what never reached the broker stays news."""
        self._empty_said_ns = None if people else now_ns

    def _seen(self, person: Person) -> Person:
        landmarks, world = person.landmarks, person.world if self.view.world else ()
        if self.view.landmarks == "coco17":
            landmarks = tuple(landmarks[i] for i in COCO17_INDICES)
            world = tuple(world[i] for i in COCO17_INDICES) if world else ()
        if self.view.mirror:
            landmarks = tuple(Landmark(1.0 - p[0], *p[1:]) for p in landmarks)
            world = tuple(WorldLandmark(-p[0], *p[1:]) for p in world)
        return Person(
            landmarks=landmarks,
            world=world,
            confidence=sum(p.presence for p in landmarks) / len(landmarks),
        )
