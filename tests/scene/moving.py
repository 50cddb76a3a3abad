"""People who move as they are told, and a scene that looks at them."""

from dataclasses import replace
from random import Random
from typing import Final

from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person
from edgepose.scene.motion import Figure
from edgepose.scene.presence import Came, Rules, Went
from edgepose.scene.scene import Scene, View
from tests.messages.poses import seen

S: Final = 1_000_000_000
PICTURE: Final = (640, 480)
RULES: Final = Rules(on_after=0.5, off_after=30.0, min_confidence=0.5)

_STANDING: Final = seen("standing")
_FIGURE: Final = Figure.of(_STANDING.landmarks, PICTURE[0] / PICTURE[1])


def body(
    x: float,
    y: float = 2.4,
    size: float = 100.0,
    sure: float = 1.0,
    *,
    jitter: float = 0.0,
    random: Random | None = None,
) -> Person:
    """Somebody who stands at `x`, `y`, in hundreds of pixels, about one size of a person.

    `size` in pixels, `sure` the presence of the landmarks; `jitter`: standard deviation of each
    landmark, in pixels.
    """
    high = PICTURE[1]
    step = size / (_FIGURE.size * high)
    random = random or Random(7)

    def moved(p: Landmark) -> Landmark:
        right = 100 * x + (p.x * PICTURE[0] - _FIGURE.x * high) * step + random.gauss(0, jitter)
        down = 100 * y + (p.y * PICTURE[1] - _FIGURE.y * high) * step + random.gauss(0, jitter)
        return p._replace(x=right / PICTURE[0], y=down / PICTURE[1], presence=sure)

    return replace(_STANDING, landmarks=tuple(map(moved, _STANDING.landmarks)), world=())


HERE, THERE, ELSEWHERE = body(1.5), body(3.2), body(5.0)


class Room:
    """A scene and the clock of its camera, which starts somewhere."""

    def __init__(self, rules: Rules = RULES, num_poses: int = 4, rate: float = 20.0) -> None:
        self.scene = Scene(View(), rules, num_poses)
        self.rate = rate
        self.at_ns = 1234 * S
        self.news: list[Came | Went] = []
        self.asks = True
        self.seen: tuple[Person, ...] = ()

    @property
    def step_ns(self) -> int:
        return round(S / self.rate)

    def show(self, *people: Person) -> list[int]:
        """One more frame; the ids of the people in the order given."""
        self.at_ns += self.step_ns
        observation = Observation(0, self.at_ns, self.at_ns, PICTURE, people)
        self.seen = self.scene.observe(observation, self.at_ns) or ()
        if self.asks:
            self.news += self.scene.happened()
        return [person.id for person in self.seen]

    def watch(self, seconds: float, *people: Person) -> list[int]:
        """Frames for so long, with nobody or people who stand still; the last frame's ids."""
        ids: list[int] = []
        for _ in range(round(seconds * self.rate)):
            ids = self.show(*people)
        return ids

    def wait_blind(self, seconds: float) -> None:
        """No frames for so long, said once a second."""
        for _ in range(int(seconds)):
            self.at_ns += S
            self.scene.blind(self.at_ns)
        self.at_ns += round((seconds - int(seconds)) * S)
        self.scene.blind(self.at_ns)

    def there(self) -> list[int] | None:
        """The ids of those who are present."""
        present = self.scene.present()
        return None if present is None else [each.id for each in present]


def story(room: Room) -> list[tuple[str, int]]:
    """The news, in short."""
    return [(type(each).__name__, each.id) for each in room.news]
