"""The whole screen: the picture with the skeletons, the numbers beside it, two lines of words.

A rich renderable that fills any terminal. Draws the pose anew each time and the numbers only
when they change. Used by one thread.
"""

from collections.abc import Iterator
from typing import Final

from rich.console import Console, ConsoleOptions, RenderResult
from rich.segment import Segment
from rich.style import Style

from edgepose.messages.pose import Pose
from edgepose.mqtt.topics import Topics
from edgepose.terminal import panel, skeleton
from edgepose.terminal.canvas import Canvas
from edgepose.terminal.frame import Frame
from edgepose.terminal.inbox import WINDOW_S, Numbers

_FRAME: Final = Style(color="#5a8797")
_STRONG: Final = Style(bold=True)
_GAP: Final = 2
_PANEL: Final = 42
_NARROW_PANEL: Final = 30
_ROOMY: Final = 96
"""From this width on there is room for the wide panel; below `_TIGHT`, for none."""
_TIGHT: Final = 52
_UNSEEN: Final = {
    **dict.fromkeys(("dark", "covered", "frozen"), "nothing can be seen"),
    **dict.fromkeys(("missing", "stalled"), "no picture comes"),
}
"""By the states of the camera: what stands in the picture's place."""
_EMPTY_S: Final = 10.0
"""An empty room is said so often."""
_SHAPE: Final = (640, 480)
"""Of the picture's frame before the first pose."""


class Screen:
    """What is shown now: `pose`, and the numbers that were told last, within `frame`.

    `waiting` says what is going on before the first pose, and without a connection; `aspect` is how
    much higher than wide the terminal's cells are.
    """

    def __init__(self, topics: Topics, frame: Frame) -> None:
        self.pose: Pose | None = None
        self.frame = frame
        self.waiting = ""
        self.aspect = skeleton.CELL_ASPECT
        self._topics = topics
        self._numbers: Numbers | None = None
        self._cached: tuple[tuple[int, int], list[list[Segment]]] | None = None

    def tell(self, numbers: Numbers) -> None:
        """Show other numbers from now on."""
        self._numbers = numbers
        self._cached = None

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        width, height = options.max_width, options.height or console.height
        lines = [
            self.frame.top(width),
            *self._body(console, width, height - 2),
            self.frame.bottom(),
        ]
        for number, line in enumerate(lines[:height]):
            yield from Segment.adjust_line_length(line, width)
            if number < height - 1:
                yield Segment.line()

    def _body(self, console: Console, width: int, height: int) -> Iterator[list[Segment]]:
        """Exactly `height` lines."""
        panel_width = _PANEL if width >= _ROOMY else _NARROW_PANEL if width >= _TIGHT else 0
        room = width - 2 - (panel_width + _GAP if panel_width else 0)
        shape = self.pose.size if self.pose and all(self.pose.size) else _SHAPE
        columns, rows = skeleton.fit(shape, max(1, room), max(1, height - 2), self.aspect)
        margin = Segment(" " * max(0, (room - columns) // 2))
        picture = [*self._picture(columns, rows)]
        numbers = self._panel(console, panel_width, height) if panel_width else []
        for i in range(height):
            line = [margin, *(picture[i] if i < len(picture) else [Segment(" " * (columns + 2))])]
            if i < len(numbers):
                line += [Segment(" " * _GAP), *numbers[i]]
            yield line

    def _panel(self, console: Console, width: int, height: int) -> list[list[Segment]]:
        if self._numbers is None:
            return []
        if self._cached is None or self._cached[0] != (width, height):
            texts = panel.rows(self._numbers, self._topics, width, height)
            self._cached = (width, height), [[*text.render(console)] for text in texts]
        return self._cached[1]

    def _picture(self, columns: int, rows: int) -> Iterator[list[Segment]]:
        words = self._words()
        topic = self._topics.pose_packed
        if len(topic) + 4 > columns:
            topic = topic.removeprefix(self._topics.root)
        yield [Segment(_edge("╭", topic, "╮", columns), _FRAME)]
        canvas = Canvas(columns, rows)
        if self.pose is not None and not words:
            skeleton.draw(self.pose, canvas)
        for number in range(rows):
            inside = canvas.row(number)
            if words and number == rows // 2:
                inside = [Segment(words[:columns].center(columns), _STRONG)]
            yield [Segment("│", _FRAME), *inside, Segment("│", _FRAME)]
        yield [*self._lower_edge(columns)]

    def _lower_edge(self, columns: int) -> Iterator[Segment]:
        pose = self.pose
        label = f"{pose.size[0]} x {pose.size[1]}, frame {pose.frame}" if pose else ""
        if pose is None or len(pose.people) != 1 or columns < len(label) + 24:
            yield Segment(_edge("╰", label, "╯", columns), _FRAME)
            return
        # Whose left and right: people in a mirror would guess wrong.
        yield Segment(_edge("╰", label, " ", columns - 17), _FRAME)
        palette = skeleton.palettes(pose.people)[0]
        yield Segment("left", palette.left)
        yield Segment(" and ", _FRAME)
        yield Segment("right", palette.right)
        yield Segment(" ─╯", _FRAME)

    def _words(self) -> str:
        """What to say instead of skeletons."""
        numbers = self._numbers
        if self.pose is None or (numbers is not None and not numbers.connected):
            return self.waiting
        if numbers is not None and numbers.availability == "offline":
            return "the device is offline"
        if numbers is not None and numbers.presence is not None and numbers.presence.paused:
            return "paused"
        if numbers is not None and numbers.presence is not None:
            unseen = _UNSEEN.get(numbers.presence.camera or "")
            if unseen is not None and numbers.presence.present is None:
                return f"camera {numbers.presence.camera}: {unseen}"
        silence_s = numbers.silence_s if numbers else None
        longest_s = WINDOW_S if self.pose.people else _EMPTY_S + WINDOW_S
        if silence_s is not None and silence_s > longest_s:
            return f"no pose for {silence_s:.0f} s"
        return "" if self.pose.people else "nobody in the picture"


def _edge(left: str, label: str, right: str, columns: int) -> str:
    label = f"─ {label} "[:columns] if label else ""
    return f"{left}{label.ljust(columns, '─')}{right}"
