"""From an observation to the people that subscribers get, and to who is there.

Owns the rule of what is new, the choice of landmarks and the mirror; hands the rest on: who is who
to `tracker.py`, who counts as there to `attendance.py`. Runs on the daemon's loop; raises nothing.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Final

from edgepose.messages.landmarks import COCO17_INDICES, SetName
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.scene.attendance import Attendance
from edgepose.scene.presence import Came, Presence, Rules, Went
from edgepose.scene.tracker import Tracker

EMPTY_EVERY_NS: Final = 10_000_000_000
"""An empty room is said when it becomes empty and then this often."""


@dataclass(frozen=True, slots=True)
class View:
    """How subscribers want to see people: config keys `messages.*` and `camera.mirror`."""

    landmarks: SetName = "blazepose33"
    world: bool = False
    mirror: bool = False

    def of(self, person: Person, number: int) -> Person:
        """The person with the id `number`, seen so."""
        landmarks, world = person.landmarks, person.world if self.world else ()
        if self.landmarks == "coco17":
            landmarks = tuple(landmarks[i] for i in COCO17_INDICES)
            world = tuple(world[i] for i in COCO17_INDICES) if world else ()
        if self.mirror:
            landmarks = tuple(Landmark(1.0 - p[0], *p[1:]) for p in landmarks)
            world = tuple(WorldLandmark(-p[0], *p[1:]) for p in world)
        return Person(
            landmarks=landmarks,
            world=world,
            id=number,
            confidence=sum(p.presence for p in landmarks) / len(landmarks),
        )


class Scene:
    """Remembers who is there, and what was said last.

    `view` and `rules` may be set at any time. `num_poses`: how many people the engine tells apart;
    where it is more than one, the engine has not smoothed them, and each is smoothed here.
    """

    def __init__(self, view: View, rules: Rules, num_poses: int = 1) -> None:
        self.view = view
        self._attendance = Attendance(rules, num_poses)
        self._tracker = Tracker()
        self._place: Hashable = None
        self._empty_said_ns: int | None = None
        self._seen: list[tuple[Person, int]] = []
        """The people of the newest frame, each with an id, before anybody's view of them."""

    @property
    def rules(self) -> Rules:
        """When somebody counts as there."""
        return self._attendance.rules

    @rules.setter
    def rules(self, rules: Rules) -> None:
        self._attendance.rules = rules

    @property
    def num_poses(self) -> int:
        """How many people can be there."""
        return self._attendance.most

    @num_poses.setter
    def num_poses(self, num_poses: int) -> None:
        self._attendance.most = num_poses

    def look_at(self, place: Hashable) -> None:
        """The pictures show this from now on; of who was in another place nothing is known."""
        if place != self._place:
            self._place = place
            self.forget()

    def observe(self, observation: Observation, now_ns: int) -> tuple[Person, ...] | None:
        """The people of `observation` as subscribers get them; None where nothing is new.

        `now_ns`: CLOCK_BOOTTIME. Who is there is taken in, be it news or not, at the time that
        the frame was captured.
        """
        people = self._people(observation)
        if not people:
            said_ns = self._empty_said_ns
            if said_ns is not None and now_ns - said_ns < EMPTY_EVERY_NS:
                return None
        return people

    def _people(self, observation: Observation) -> tuple[Person, ...]:
        at_ns, size = observation.captured_ns, observation.size
        if self._attendance.look(at_ns):
            self._tracker.forget()
        self._seen = []
        there = self._attendance.there
        for track, person in self._tracker.observe(observation.people, size, at_ns, there):
            several = self.num_poses > 1
            smooth = track.smoothing.apply(person, size, at_ns) if several else person
            self._seen.append((smooth, track.id))
        people = tuple(self.view.of(person, number) for person, number in self._seen)
        self._attendance.see({person.id: person.confidence for person in people}, at_ns)
        self._tracker.part(there - self._attendance.there)
        return people

    def whole(self) -> tuple[Person, ...]:
        """The people of the newest frame with all 33 landmarks, whatever subscribers want."""
        view = View(mirror=self.view.mirror)
        return tuple(view.of(person, number) for person, number in self._seen)

    def said(self, people: tuple[Person, ...], now_ns: int) -> None:
        """Note that `people` were published: what never reached the broker stays news."""
        self._empty_said_ns = None if people else now_ns

    def happened(self) -> tuple[Came | Went, ...]:
        """Who came and went since this was asked last, oldest first; some dozens are kept."""
        return self._attendance.happened()

    def present(self) -> tuple[Presence, ...] | None:
        """Who counts as there, who came first first; None while that is not known: before it was
        looked for `on_after`, and while no pictures come."""
        return self._attendance.present()

    def hold(self, at_ns: int) -> None:
        """A frame in which nobody was found may show nothing of the room: all stays as it is, and
        this time does not count as unseen. `at_ns`: the frame's, CLOCK_BOOTTIME."""
        self._attendance.hold(at_ns)

    def blind(self, now_ns: int) -> None:
        """No pictures come; to be called as often as one likes until they do.

        Whoever was there is remembered, and this time does not count as unseen. If it lasts longer
        than `off_after`, everybody is forgotten. `now_ns`: CLOCK_BOOTTIME.
        """
        if self._attendance.blind(now_ns):
            self._tracker.forget()

    def forget(self) -> None:
        """Forget everybody at once: nobody is meant to look, or not there any more."""
        self._attendance.forget()
        self._tracker.forget()
