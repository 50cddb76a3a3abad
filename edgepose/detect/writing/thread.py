"""The writing thread: takes what was seen from the thread that looks, and hands it to each output.

Owns the thread and the queue, in which a few pictures may wait. What an output raises is raised in
the thread that looks, at its next `put`, or by `close`; nothing is written any more then.
"""

import threading
from collections.abc import Sequence
from typing import Final

from edgepose.detect.allowance import Allowance
from edgepose.detect.bounded import Bounded
from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.detect.writing import Output

MOST: Final = 8
"""Pictures that wait to be written."""
Step = Begin | Seen | End


class Writing:
    """Hands steps to `outputs`, in their order, and pictures back to the allowance. Close it."""

    def __init__(self, outputs: Sequence[Output], allowance: Allowance) -> None:
        self._outputs, self._allowance = outputs, allowance
        self._steps: Bounded[Step] = Bounded(MOST)
        self._error: BaseException | None = None
        self._thread = threading.Thread(target=self._run, name="writing", daemon=True)
        self._thread.start()

    def put(self, step: Step) -> None:
        """Write it, soon. Raises what an output has raised."""
        if self._error is not None:
            raise self._error
        self._steps.put(step)

    def close(self) -> None:
        """Write what waits, and finish every file. Raises what an output has raised."""
        self._steps.end()
        self._thread.join()
        if self._error is not None:
            raise self._error

    def _run(self) -> None:
        while (step := self._steps.get()) is not None:
            pixels = step.shot.pixels if isinstance(step, Seen) else 0
            try:
                # After an error only, so that nobody waits for a queue that is full.
                if self._error is None:
                    self._hand_over(step)
            except BaseException as error:  # noqa: BLE001 - raised again in the thread that looks
                self._error = error
            # Not kept while the next one is waited for.
            del step
            self._allowance.give(pixels)
        for output in self._outputs:
            try:
                output.close()
            except BaseException as error:  # noqa: BLE001 - as above; the others are finished
                self._error = self._error or error

    def _hand_over(self, step: Step) -> None:
        for output in self._outputs:
            if isinstance(step, Begin):
                output.begin(step)
            elif isinstance(step, Seen):
                output.take(step)
            else:
                output.end(step)
