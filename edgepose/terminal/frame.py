"""The two lines that are around whatever fills the terminal: the title, and a line of words.

Pure; used by one thread.
"""

from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style

_BAR: Final = Style(color="#e6f1f5", bgcolor="#17495a")
_FAINT: Final = Style(dim=True)
_STRONG: Final = Style(bold=True)
_BAD: Final = Style(color="red", bold=True)


@dataclass(slots=True)
class Frame:
    """`title` is at the top left, `clock` at the top right, `label` and `words` are below.

    `trouble`, where there is any, takes the place of `words`.
    """

    title: str
    label: str = ""
    words: str = ""
    clock: str = ""
    trouble: str = ""

    def top(self, width: int) -> list[Segment]:
        """The first line."""
        room = max(0, width - cell_len(self.clock) - 2)
        left = set_cell_size(f" {self.title}", room)
        return [Segment(left, _BAR + _STRONG), Segment(f" {self.clock} "[:width], _BAR)]

    def bottom(self) -> list[Segment]:
        """The last line, of any length."""
        if self.trouble:
            return [Segment(f" {self.trouble}", _BAD)]
        return [Segment(f" {self.label}  ", _FAINT), Segment(self.words, _STRONG)]
