"""Which colour is whose. Pure, any thread; raises nothing."""

from typing import Final

Colour = tuple[int, int, int]
"""Red, green, blue, 0..255 each."""

COLOURS: Final[tuple[Colour, ...]] = (
    (86, 180, 233),  # sky blue
    (230, 159, 0),  # orange
    (0, 158, 115),  # bluish green
    (240, 228, 66),  # yellow
    (204, 121, 167),  # reddish purple
    (213, 94, 0),  # vermilion
    (0, 114, 178),  # blue
)
"""One for each person, again from the first for the eighth: the colours of Okabe and Ito, which
people who see few colours can tell apart, too ("Color Universal Design", 2008). Blue before orange,
as on the live page."""
GROUND: Final[Colour] = (18, 21, 26)
"""Behind people where there is no picture."""
EDGE: Final[Colour] = (0, 0, 0)
"""Around every line, so that it is seen on a ground of any colour."""
LEFT: Final[Colour] = (255, 255, 255)
"""The dots of a person's own left."""
RIGHT: Final[Colour] = (32, 32, 32)
"""The dots of a person's own right, and of the nose."""


def colour_of(number: int) -> Colour:
    """The colour of the person with this id, or of the one at this place, from 1 on."""
    return COLOURS[(number - 1) % len(COLOURS)]
