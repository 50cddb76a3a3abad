"""Whether a running vision process gets on: frames from the camera, answers from the engine.

Judges by the shared page, the clock, and whether a signal has stopped it, alone. Runs on the
daemon's loop; raises nothing.
"""

from typing import Final

from edgepose.messages.page import COUNTERS, Counter, Page
from edgepose.service.appetite import Appetite
from edgepose.service.ended import Ended
from edgepose.service.wish import Wish

START_S: Final = 60.0
"""To open camera and engine, on the slowest card: a camera may take a quarter of it, and the trial
of an engine alone has as long."""
STOPPED_S: Final = 3.0
"""For so long a signal may have stopped it meanwhile, which is no slowness of the card."""
SILENT_S: Final = 2.7
"""Without a frame, the camera counts as stalled: looked at every quarter of a second, that is said
within 3 s."""
STREAM_SILENT_S: Final = 5.0
"""The same for a stream: a radio that changes its access point takes some seconds."""
LONGEST_SHOT_S: Final = 10.0
"""A film may show one picture for so long, whatever its rate."""
UNANSWERED_S: Final = 5.0
"""With frames in its hands and no answer, an engine counts as stalled. Its own limit is shorter;
this one is for an engine, or a thread of ours, that hangs beyond that."""
LONGEST_UNANSWERED_S: Final = 25.0
"""For the first answer, and for a board that is slow: more than any engine's own limit."""
PATIENCE: Final = 12
"""As many times the slowest answer so far a later one may take; an engine's own is 10."""
LATE_S: Final = 1.0
"""A look that is later than this after the one before: the daemon itself was held, maybe the whole
machine, and what did not happen meanwhile says nothing."""
EXCUSED_S: Final = 60.0
"""For so long that is an excuse, from the first late look of a row on. Then a machine that is
always late is no excuse any more. A row ends with as long without a late look."""
_DONE_WITH: Final[tuple[Counter, ...]] = tuple(n for n in COUNTERS if n != "captured")


class Vitals:
    """Looks at one run again and again. `began_ns`: CLOCK_BOOTTIME of its start."""

    def __init__(self, wish: Wish, page: Page, began_ns: int) -> None:
        self.appetite = Appetite()
        """Of this run for memory."""
        self._page = page
        self._silence_s = _silence_limit_s(wish)
        # Such a source waits for the engine, so its silence says nothing while that has frames.
        self._waits = wish.waits
        self._looked_ns = self._since_ns = self._excused_ns = self._went_ns = began_ns
        self._late_ns: int | None = None
        self._row_ns = 0
        """The newest late look, and the first one of its row."""
        self._progress = 0, 0, 0
        self._slowest_s = 0.0

    def look(
        self, now_ns: int, ready_ns: int | None, received: int, *, stopped: bool = False
    ) -> Ended | None:
        """What is wrong; None where nothing is.

        `ready_ns`: CLOCK_BOOTTIME when camera and engine were open, None before. `received`: how
        many observations of this run have come. `stopped`: whether a signal has stopped it, asked
        before they are open only; later nothing comes of it, which tells as much.
        """
        if self._was_held(now_ns):
            self._excused_ns = self._since_ns = now_ns
        self._looked_ns = now_ns
        if ready_ns is None:
            self._since_ns = now_ns
            if now_ns - self._excused_ns > START_S * 1e9:
                words = f"camera and engine did not open within {START_S:g} s"
                return Ended("start_too_long", words)
            if not stopped:
                self._went_ns = now_ns
            elif now_ns - max(self._went_ns, self._excused_ns) > STOPPED_S * 1e9:
                words = "stopped by a signal before camera and engine were open"
                return Ended("start_too_long", words)
            return None
        unanswered_s, in_hand = self._unanswered(now_ns, received)
        frame_ns = self._page["captured_ns"]
        silent_s = (now_ns - max(frame_ns, ready_ns, self._excused_ns)) / 1e9
        if silent_s > self._silence_s and not (self._waits and in_hand):
            return Ended("capture_stalled", f"camera stalled: no frame for {silent_s:.1f} s")
        if unanswered_s > self._answer_limit_s(received):
            words = f"engine stalled: {in_hand} frames in hand, no answer for {unanswered_s:.1f} s"
            return Ended("engine_stalled", words)
        return None

    def _was_held(self, now_ns: int) -> bool:
        """Whether this look is late, and that is an excuse."""
        if now_ns - self._looked_ns <= LATE_S * 1e9:
            return False
        if self._late_ns is None or self._looked_ns - self._late_ns > EXCUSED_S * 1e9:
            self._row_ns = now_ns
        self._late_ns = now_ns
        return now_ns - self._row_ns <= EXCUSED_S * 1e9

    def _unanswered(self, now_ns: int, received: int) -> tuple[float, int]:
        """For how long there was work and nothing came of it, and how many frames there are."""
        page = self._page
        counters = page.counters()
        done = sum(counters[name] for name in _DONE_WITH) + received
        in_hand = counters["captured"] - done
        # All that only a living engine does; frames are lost as busy without one.
        progress = page["answered_ns"], counters["refused"], counters["engine_lost"]
        unanswered_s = (now_ns - self._since_ns) / 1e9
        if progress != self._progress and self._progress[0]:
            # Not of the first answer, which comes with all the loading.
            self._slowest_s = max(self._slowest_s, unanswered_s)
        if progress != self._progress or in_hand <= 0:
            self._progress, self._since_ns, unanswered_s = progress, now_ns, 0.0
        return unanswered_s, in_hand

    def _answer_limit_s(self, received: int) -> float:
        if not received:
            return LONGEST_UNANSWERED_S
        return min(LONGEST_UNANSWERED_S, max(UNANSWERED_S, PATIENCE * self._slowest_s))


def _silence_limit_s(wish: Wish) -> float:
    usual_s = SILENT_S + (LONGEST_SHOT_S if wish.source == "uri" else 0.0)
    if wish.stream is not None:
        usual_s = STREAM_SILENT_S
    return max(usual_s, 3 / wish.rate) if wish.rate else usual_s
