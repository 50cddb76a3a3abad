"""Who of those known is who of those seen: by place, motion and size, for all at once.

Owns the costs, their limits and the assignment; remembers nothing. Runs on the daemon's loop;
raises nothing. The order of people in a frame means nothing.
"""

import math
from collections.abc import Sequence
from typing import Final

from edgepose.messages.pose import Landmark
from edgepose.scene.motion import NOISE, Expected, Figure

LIMIT: Final = 16.0
"""Cost of taking somebody for new; what costs more is no match."""
REACH: Final = 0.7
"""Sizes from where somebody is expected, beyond which it is somebody else in any case."""
REACH_GROWS: Final = 1.5
"""By how much it grows in a second. In a street, a second is long enough for somebody else to be
seen two sizes away."""
SIZE_SPREAD: Final = 0.15
"""Standard deviation of the logarithm of a size from one frame to the next: a bend of the body."""
SIZE_DRIFT: Final = 0.3
"""By how much it grows in a second: a walk to the camera or away from it."""

SAME_PLACE: Final = 0.5
"""Sizes: standard deviation of the place of somebody who was not seen for a while."""
SAME_LIMIT: Final = 6.0
"""As `LIMIT`, for somebody who was not seen for a while: 1.2 sizes, if the size is the same."""

DOUBLE: Final = 0.4
"""Poses whose landmarks are this near to each other, in sizes on the mean, are the same body's. In
a street film with `num_poses` 4 and on drawn people who cross, the engines' doubles were 0.18 to
0.24 apart, two people 0.75 and more."""


def follow(expected: Expected, figure: Figure) -> float:
    """What it costs to take `figure` for whom we expect: twice the negative logarithm of how likely
    that is. Whoever's place is known well goes before somebody who may be anywhere."""
    away = math.hypot(figure.x - expected.x, figure.y - expected.y) / expected.size
    if not away < REACH + REACH_GROWS * expected.s:
        return math.inf
    variance = expected.place + NOISE
    spread = SIZE_SPREAD**2 + (SIZE_DRIFT * expected.s) ** 2
    other_size = math.log(figure.size / expected.size) ** 2
    return (
        away * away / variance
        + 2 * math.log(variance / NOISE)
        + other_size / spread
        + math.log(spread / SIZE_SPREAD**2)
    )


def find_again(last: Figure, figure: Figure) -> float:
    """What it costs to take `figure` for somebody who was at `last` a while ago."""
    away = math.hypot(figure.x - last.x, figure.y - last.y) / last.size
    other_size = math.log(figure.size / last.size)
    return (away / SAME_PLACE) ** 2 + (other_size / SIZE_SPREAD) ** 2


def is_double(
    one: tuple[Landmark, ...], other: tuple[Landmark, ...], aspect: float, size: float
) -> bool:
    """Whether two poses are of one body; `size` is the smaller one's."""
    apart = sum(
        math.hypot((a[0] - b[0]) * aspect, a[1] - b[1]) for a, b in zip(one, other, strict=True)
    )
    return apart < DOUBLE * size * len(one)


def assign(costs: Sequence[Sequence[float]], limit: float) -> list[int | None]:
    """For each row the column that it gets, or None, so that the sum is the least, where a row
    without a column costs `limit`.

    The Hungarian method with shortest augmenting paths (Jonker and Volgenant, "A Shortest
    Augmenting Path Algorithm for Dense and Sparse Linear Assignment Problems", Computing 38, 1987).
    """
    rows = len(costs)
    columns = len(costs[0]) if costs else 0
    # One more column for each row: nobody. What is not a number is no match either.
    table = [[c if c < limit else limit for c in row] + [limit] * rows for row in costs]
    width = columns + rows
    of_row, of_column = [0.0] * rows, [0.0] * width
    owner = [-1] * width
    for start in range(rows):
        # Dijkstra from a free row to the nearest free column.
        distance, before, done = [math.inf] * width, [-1] * width, [False] * width
        row, length, last = start, 0.0, -1
        while True:
            nearest, least = -1, math.inf
            for column in range(width):
                if done[column]:
                    continue
                step = length + table[row][column] - of_row[row] - of_column[column]
                if step < distance[column]:
                    distance[column], before[column] = step, last
                if distance[column] < least:
                    nearest, least = column, distance[column]
            done[nearest], last, length = True, nearest, least
            row = owner[nearest]
            if row < 0:
                break
        of_row[start] += length
        for column in range(width):
            if done[column] and column != last:
                of_row[owner[column]] += length - distance[column]
                of_column[column] -= length - distance[column]
        while last >= 0:
            previous = before[last]
            owner[last] = start if previous < 0 else owner[previous]
            last = previous
    found: list[int | None] = [None] * rows
    for column in range(columns):
        row = owner[column]
        if row >= 0 and table[row][column] < limit:
            found[row] = column
    return found
