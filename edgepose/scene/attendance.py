"""The book of who counts as there: debounced, and at most as many as can be told apart.

Owns the rules' effect and the news of who came and went. Knows people by their ids alone, and
measures by the time looked at (`sight.py`); the times it tells are CLOCK_BOOTTIME of frames. Runs
on the daemon's loop; raises nothing.
"""

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from edgepose.scene.motion import BRIDGED_NS
from edgepose.scene.presence import Came, Presence, Rules, Went
from edgepose.scene.sight import Sight

KEPT: Final = 64
"""News kept until somebody asks; the oldest goes first."""


@dataclass(slots=True)
class _Stay:
    """What is known of one id. All but `came_ns` are on the clock of the time looked at.

    `seen_ns`: when it was seen last. `sure_from_ns` to `sure_ns`: from when to when it was seen
    surely enough, with gaps of at most a second; None before. `came_ns`: CLOCK_BOOTTIME of the
    frame from which on it counts as there; None if it does not.
    """

    seen_ns: int
    sure_from_ns: int | None = None
    sure_ns: int = 0
    sure_frame: int = 0
    came_ns: int | None = None


class Attendance:
    """At most `most` people are there, by the `rules`; both may change at any time. Where `most`
    becomes smaller, whoever is over it stays until as many are seen, or unseen for `off_after`."""

    def __init__(self, rules: Rules, most: int) -> None:
        self.rules = rules
        self.most = most
        self._sight = Sight()
        self._stays: dict[int, _Stay] = {}
        self._news: deque[Came | Went] = deque(maxlen=KEPT)

    @property
    def there(self) -> frozenset[int]:
        """The ids of those who count as there, be it known or not."""
        return frozenset(n for n, stay in self._stays.items() if stay.came_ns is not None)

    def present(self) -> tuple[Presence, ...] | None:
        """Who is there, who came first first; None while that is not known."""
        if not self._sight.settled:
            return None
        there = [(s.came_ns, n) for n, s in self._stays.items() if s.came_ns is not None]
        return tuple(Presence(number, came_ns) for came_ns, number in sorted(there))

    def happened(self) -> tuple[Came | Went, ...]:
        """The news since this was asked last, oldest first."""
        news = tuple(self._news)
        self._news.clear()
        return news

    def forget(self) -> None:
        """Know of nobody; that is no news."""
        self._stays.clear()
        self._sight.start_anew()

    def blind(self, now_ns: int) -> bool:
        """No pictures come; whether for so long that everybody is forgotten."""
        return self._forgets(self._sight.blind(now_ns))

    def hold(self, at_ns: int) -> None:
        """A frame of this time may show nothing: nobody is unseen in it."""
        self._sight.hold(at_ns)

    def look(self, at_ns: int) -> bool:
        """A frame of this time is looked at; whether the blindness before it was so long that
        everybody is forgotten."""
        return self._forgets(self._sight.look(at_ns, self.rules.on_after_ns))

    def _forgets(self, blind_ns: int) -> bool:
        if blind_ns <= self.rules.off_after_ns:
            return False
        self._stays.clear()
        self._sight.count_anew()
        return True

    def see(self, seen: Mapping[int, float], at_ns: int) -> None:
        """Take in who is seen in the frame that was given to `look`: ids, and how surely."""
        now_ns = self._sight.looked_ns
        for number, confidence in seen.items():
            stay = self._stays.setdefault(number, _Stay(now_ns))
            stay.seen_ns = now_ns
            if confidence >= self.rules.min_confidence:
                self._surely(stay)
        for number in self._longest_unseen():
            if self._unseen_ns(number) >= self.rules.off_after_ns:
                self._leave(number, at_ns)
        # Where `most` has become smaller, who is seen from then on tells who is over it.
        in_view = self.there & seen.keys()
        if len(in_view) >= self.most:
            self._make_room(self.most, at_ns, max(in_view))
        for number in self._longest_sure(seen):
            self._enter(number, at_ns, seen)
        self._stays = {
            number: stay
            for number, stay in self._stays.items()
            if stay.came_ns is not None or number in seen or now_ns - stay.seen_ns <= BRIDGED_NS
        }

    def _surely(self, stay: _Stay) -> None:
        now_ns, frame = self._sight.looked_ns, self._sight.frame
        # Frames may be rarer than the gaps that are bridged.
        away = now_ns - stay.sure_ns > BRIDGED_NS and stay.sure_frame != frame - 1
        if stay.sure_from_ns is None or away:
            stay.sure_from_ns = now_ns
        stay.sure_ns, stay.sure_frame = now_ns, frame

    def _unseen_ns(self, number: int) -> int:
        return self._sight.looked_ns - self._stays[number].seen_ns

    def _longest_unseen(self) -> list[int]:
        """Who is there, unseen longest first; of those unseen as long, the last to come first."""
        key = lambda n: (-self._unseen_ns(n), -(self._stays[n].came_ns or 0), -n)  # noqa: E731
        return sorted(self.there, key=key)

    def _longest_sure(self, seen: Mapping[int, float]) -> list[int]:
        """Who has been seen for long enough to count, and does not yet; the longest seen first."""
        now_ns, on_after_ns = self._sight.looked_ns, self.rules.on_after_ns
        waiting = []
        for number in seen:
            stay = self._stays[number]
            if stay.came_ns is not None or stay.sure_from_ns is None:
                continue
            if stay.sure_frame == self._sight.frame and now_ns - stay.sure_from_ns >= on_after_ns:
                waiting.append((stay.sure_from_ns, number))
        return [number for _, number in sorted(waiting)]

    def _enter(self, number: int, at_ns: int, seen: Mapping[int, float]) -> None:
        if not self._make_room(self.most - 1, at_ns, number):
            return
        stay = self._stays[number]
        visible_ns = self._sight.looked_ns - (stay.sure_from_ns or 0)
        stay.came_ns = at_ns
        self._news.append(Came(number, at_ns, visible_ns / 1e9, seen[number]))

    def _make_room(self, most: int, at_ns: int, number: int) -> bool:
        """Whoever is unseen longest leaves for `number`, so that `most` stay; whether they do."""
        over = self._longest_unseen()[: max(0, len(self.there) - most)]
        # Of two whom the engine sees in turns, nobody displaces the other; nor is anybody displaced
        # who has not been looked for since.
        least_ns = max(1, min(self.rules.on_after_ns, BRIDGED_NS))
        if any(self._unseen_ns(each) < least_ns for each in over):
            return False
        for each in over:
            self._leave(each, at_ns, displaced_by=number)
        return True

    def _leave(self, number: int, at_ns: int, displaced_by: int | None = None) -> None:
        self._news.append(Went(number, at_ns, self._unseen_ns(number) / 1e9, displaced_by))
        del self._stays[number]
