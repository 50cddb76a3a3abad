"""`edgepose detect` as a whole: the order of the work, what is said of it, and how it ends.

Runs on the main thread. Raises UserError where nothing can be done, or no more of it, and
BrokenPipeError where nobody reads any more; what was done by then is kept.
"""

import time
from contextlib import ExitStack, closing
from typing import Final

from edgepose.detect import say
from edgepose.detect.allowance import MOST_BYTES, Allowance
from edgepose.detect.asked import Asked
from edgepose.detect.interrupt import Interrupted, interruptible
from edgepose.detect.look import Looker, Started
from edgepose.detect.progress import Bar
from edgepose.detect.quiet import without_chatter
from edgepose.detect.reading.ahead import Ahead
from edgepose.detect.reading.inputs import Input, Inputs, find
from edgepose.detect.reading.shots import Begin, End, read_all
from edgepose.detect.seen import Seen, Tally, tell
from edgepose.detect.writing.plan import outputs
from edgepose.detect.writing.thread import Writing
from edgepose.errors import EX_SOFTWARE, UserError
from edgepose.landmarker import EngineLost

SOME_REFUSED: Final = 1
"""Exit status where some files could not be looked at, or not to their end."""


def run(asked: Asked) -> int:
    """Look at everything; the exit status."""
    found = find(asked.paths)
    with without_chatter(), interruptible() as interrupted:
        _say_what_is_left_out(found)
        with ExitStack() as ending:
            allowance = Allowance(MOST_BYTES // asked.bytes_a_pixel)
            writing = ending.enter_context(closing(Writing(outputs(asked, found.files), allowance)))
            looker = ending.enter_context(
                closing(Looker(asked.open, asked.running_mode, asked.workers, allowance))
            )
            # Before anything is read: it looks into films itself, and standard input is one file.
            bar = Bar(found.files)
            ahead = ending.enter_context(
                closing(Ahead(looker.start(read_all(found.files, allowance))))
            )
            ending.callback(allowance.close)
            ending.enter_context(bar)
            work = _Work(writing, bar, interrupted)
            work.do(looker, ahead)
        if asked.table:
            say.tell(work.tell())
        else:
            say.say(work.tell())
    if interrupted.number:
        return 128 + interrupted.number
    return SOME_REFUSED if work.refused else 0


def _say_what_is_left_out(found: Inputs) -> None:
    files, folders = found.left_out, found.folders_left_out
    words = [
        ("1 file" if files == 1 else f"{files} files") + " of other kinds" if files else "",
        ("1 folder" if folders == 1 else f"{folders} folders") if folders else "",
    ]
    if any(words):
        say.say(f"left out of what is in the folders: {' and '.join(filter(None, words))}")


class _Work:
    """Looks, hands on what was seen, and counts."""

    def __init__(self, writing: Writing, bar: Bar, interrupted: Interrupted) -> None:
        self.refused = 0
        self._tally = Tally()
        self._writing, self._bar, self._interrupted = writing, bar, interrupted
        self._current: Input | None = None
        self._what = "picture"
        self._began_ns = time.monotonic_ns()

    def do(self, looker: Looker, ahead: Ahead[Started]) -> None:
        """To the end, or until it is interrupted."""
        try:
            for step in looker.look(ahead):
                self._writing.put(step)
                self._count(step)
                if self._interrupted.number:
                    break
        except EngineLost as error:
            raise UserError(f"the engine has failed: {error}", EX_SOFTWARE) from error
        if self._current is not None:
            self._writing.put(End(f"{self._current.name}: interrupted", interrupted=True))

    def _count(self, step: Begin | Seen | End) -> None:
        if isinstance(step, Begin):
            self._current = step.input
            if step.clip is not None:
                self._what = "frame"
            self._bar.begin(step)
        elif isinstance(step, Seen):
            self._tally.people[len(step.ids)] += 1
            self._bar.advance()
        elif self._current is not None:
            self._bar.end(self._current)
            self._current = None
            if step.problem is not None:
                self.refused += 1
                say.say(step.problem)

    def tell(self) -> str:
        """What was done, in one line."""
        pictures = self._tally.pictures
        seconds = (time.monotonic_ns() - self._began_ns) / 1e9
        words = ["interrupted; what is done is kept" if self._interrupted.number else "done"]
        if self._interrupted.number and not pictures:
            words = ["interrupted before the first picture"]
        elif pictures:
            words[0] += f": {tell(self._tally.people, self._what)}"
        if self.refused:
            files = "1 file" if self.refused == 1 else f"{self.refused} files"
            words.append(f"{files} refused or damaged")
        if pictures:
            words.append(f"{seconds:.1f} s, {pictures / max(seconds, 1e-9):.1f}/s")
        return "; ".join(words)
