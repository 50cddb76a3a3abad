"""A canvas of dots for a terminal: each cell holds 2 x 4 dots of braille and one colour.

Owns dots, lines and clipping; knows nothing of poses. Pure; used by one thread.
"""

import itertools
from math import ceil, cos, pi, sin
from typing import Final

from rich.segment import Segment
from rich.style import Style

DOTS_ACROSS: Final = 2
DOTS_DOWN: Final = 4
_BLANK: Final = 0x2800
"""Unicode's braille pattern without a dot; the pattern's number is added."""
_BITS: Final = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The dot at [y][x] of a cell, as Unicode numbers them."""


class Canvas:
    """`columns` x `rows` cells, all blank. Coordinates are in dots, origin top left.

    What lies outside is clipped. The last one who draws in a cell gives it its colour.
    """

    def __init__(self, columns: int, rows: int) -> None:
        self.columns, self.rows = columns, rows
        self.width, self.height = columns * DOTS_ACROSS, rows * DOTS_DOWN
        self._dots = bytearray(columns * rows)
        self._inks: list[Style | None] = [None] * (columns * rows)
        self._letters: dict[int, str] = {}

    def dot(self, x: int, y: int, ink: Style) -> None:
        """Set a dot."""
        if 0 <= x < self.width and 0 <= y < self.height:
            cell = y // DOTS_DOWN * self.columns + x // DOTS_ACROSS
            self._dots[cell] |= _BITS[y % DOTS_DOWN][x % DOTS_ACROSS]
            self._inks[cell] = ink

    def text(self, x: float, y: float, text: str, ink: Style) -> None:
        """Write letters, each as wide as a cell, over the dots; the middle of them is at x, y."""
        column = round(x / DOTS_ACROSS - len(text) / 2)
        row = int(y // DOTS_DOWN)
        for at, letter in enumerate(text, column):
            if 0 <= at < self.columns and 0 <= row < self.rows:
                self._letters[row * self.columns + at] = letter
                self._inks[row * self.columns + at] = ink

    def blob(self, x: float, y: float, size: int, ink: Style) -> None:
        """Set a square of dots around a point, without its corners if it has any to spare."""
        left, top = round(x - (size - 1) / 2), round(y - (size - 1) / 2)
        ends = (0, size - 1)
        for i, j in itertools.product(range(size), repeat=2):
            if size < 3 or not (i in ends and j in ends):
                self.dot(left + i, top + j, ink)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], ink: Style, thickness: int = 1
    ) -> None:
        """Draw a line, `thickness` dots across its steeper axis."""
        clipped = self._clip(start, end, thickness)
        if clipped is None:
            return
        x0, y0, x1, y1 = clipped
        dx, dy = x1 - x0, y1 - y0
        steps = max(1, ceil(max(abs(dx), abs(dy))))
        flat = abs(dx) >= abs(dy)
        for i in range(steps + 1):
            x, y = x0 + dx * i / steps, y0 + dy * i / steps
            first = round((y if flat else x) - (thickness - 1) / 2)
            for across in range(first, first + thickness):
                if flat:
                    self.dot(round(x), across, ink)
                else:
                    self.dot(across, round(y), ink)

    def circle(self, x: float, y: float, radius: float, ink: Style) -> None:
        """Draw a circle; one that is larger than the canvas is left out."""
        if radius > max(self.width, self.height):
            return
        steps = max(8, round(2 * pi * radius))
        for i in range(steps):
            angle = 2 * pi * i / steps
            self.dot(round(x + radius * cos(angle)), round(y + radius * sin(angle)), ink)

    def _clip(
        self, start: tuple[float, float], end: tuple[float, float], margin: int
    ) -> tuple[float, float, float, float] | None:
        """The part of a line that is on the canvas or `margin` dots beside it.

        Liang and Barsky's way: a landmark may lie far outside, and the walk along the line must
        not be longer than the canvas.
        """
        (x0, y0), (x1, y1) = start, end
        enter, leave = 0.0, 1.0
        for origin, delta, size in ((x0, x1 - x0, self.width), (y0, y1 - y0, self.height)):
            low, high = -margin - origin, size - 1 + margin - origin
            if delta == 0:
                if low > 0 or high < 0:
                    return None
                continue
            near, far = sorted((low / delta, high / delta))
            enter, leave = max(enter, near), min(leave, far)
        if enter > leave:
            return None
        dx, dy = x1 - x0, y1 - y0
        return x0 + dx * enter, y0 + dy * enter, x0 + dx * leave, y0 + dy * leave

    def row(self, number: int) -> list[Segment]:
        """A row of cells, neighbours of one colour together; a blank cell is a space."""
        cells = slice(number * self.columns, (number + 1) * self.columns)
        # A space, for many fonts draw the blank pattern as eight faint dots.
        texts = (
            self._letters.get(cell) or (chr(_BLANK + dots) if dots else " ")
            for cell, dots in enumerate(self._dots[cells], cells.start)
        )
        runs = itertools.groupby(zip(texts, self._inks[cells], strict=True), key=lambda c: c[1])
        return [Segment("".join(text for text, _ in run), ink) for ink, run in runs]
