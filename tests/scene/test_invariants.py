"""What holds whatever happens: any people, gaps, blindness, pauses, other rules meanwhile."""

from dataclasses import dataclass, field
from typing import Final

from hypothesis import given
from hypothesis import strategies as st

from edgepose.messages.observation import Observation
from edgepose.messages.pose import Person
from edgepose.scene.presence import Came, Rules, Went
from edgepose.scene.scene import Scene, View
from tests.messages.poses import QUICK
from tests.scene.moving import PICTURE, S, body

PEOPLE: Final = [
    body(x, size=size, sure=sure)
    for x, size in ((1.0, 100), (1.9, 70), (2.0, 100), (4.0, 100), (6.0, 130))
    for sure in (0.3, 1.0)
]

somebody = st.lists(st.sampled_from(PEOPLE), max_size=4)
rules = st.builds(
    Rules,
    on_after=st.sampled_from([0.0, 0.5, 2.0]),
    off_after=st.sampled_from([1.0, 3.0]),
    min_confidence=st.sampled_from([0.0, 0.5]),
)
frames = st.tuples(st.integers(0, 1500), somebody)
steps = st.lists(
    st.one_of(
        frames,
        # The same people for some time, or nothing would ever happen.
        st.tuples(somebody, st.integers(2, 30)),
        st.tuples(st.just("blind"), st.integers(0, 4000)),
        st.just("forget"),
        rules,
        st.integers(1, 3),
    ),
    max_size=25,
)


@dataclass
class Witness:
    """Believes the news, and knows when not to."""

    scene: Scene
    at_ns: int = 500 * S
    there: dict[int, int] = field(default_factory=dict)
    old: dict[int, int] = field(default_factory=dict)
    """Who was there before it was blind, until it is known again who is."""
    known_ns: int = 0
    least_off_after: float = 0.0
    """Of the rules since then."""
    gone: set[int] = field(default_factory=set)
    """Who has left."""

    def frame(self, ms: int, people: list[Person]) -> None:
        self.at_ns += ms * 1_000_000
        seen = self.scene.observe(Observation(0, self.at_ns, 0, PICTURE, tuple(people)), self.at_ns)
        ids = [person.id for person in seen or ()]
        assert len(set(ids)) == len(ids)
        assert all(ids)
        assert not self.gone.intersection(ids)
        most = max(self.scene.num_poses, len(self.there))
        for each in self.scene.happened():
            assert each.at_ns == self.at_ns
            self.take(each, ids)
        assert len(self.there) <= most
        self.compare()

    def take(self, each: Came | Went, ids: list[int]) -> None:
        rules = self.scene.rules
        if isinstance(each, Came):
            assert each.id not in self.there
            assert each.id in ids
            assert each.visible_s >= rules.on_after
            assert each.confidence >= rules.min_confidence
            self.there[each.id] = each.at_ns
            return
        self.gone.add(each.id)
        if each.id in self.there:
            del self.there[each.id]
        else:
            del self.old[each.id]
        if each.displaced_by is None:
            assert each.unseen_s >= rules.off_after
        else:
            assert each.unseen_s > 0
            assert each.displaced_by in ids
            assert each.id not in ids

    def compare(self) -> None:
        present = self.scene.present()
        if present is None:
            return
        told = {each.id: each.since_ns for each in present}
        assert list(told.values()) == sorted(told.values())
        if told != self.there | self.old:
            # Forgotten, and for a reason.
            assert told == self.there
            assert self.at_ns - self.known_ns > self.least_off_after * S
        self.there, self.old, self.known_ns = told, {}, self.at_ns
        self.least_off_after = self.scene.rules.off_after

    def blind(self, ms: int) -> None:
        self.scene.blind(self.at_ns)
        self.at_ns += ms * 1_000_000
        self.scene.blind(self.at_ns)
        assert self.scene.present() is None
        self.old, self.there = self.old | self.there, {}

    def forget(self) -> None:
        self.scene.forget()
        assert self.scene.present() is None
        self.there, self.old = {}, {}


@QUICK
@given(rules, st.integers(1, 3), steps)
def test_the_news_and_the_answer_agree(rules: Rules, num_poses: int, steps: list[object]) -> None:
    witness = Witness(Scene(View(), rules, num_poses))
    for step in steps:
        match step:
            case "forget":
                witness.forget()
            case ("blind", int(ms)):
                witness.blind(ms)
            case (int(ms), list(people)):
                witness.frame(ms, people)
            case (list(people), int(count)):
                for _ in range(count):
                    witness.frame(100, people)
            case Rules():
                witness.scene.rules = step
                witness.least_off_after = min(witness.least_off_after, step.off_after)
            case int(num_poses):
                witness.scene.num_poses = num_poses
