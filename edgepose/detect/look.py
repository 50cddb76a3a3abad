"""The engine looks at every picture that is read, in the mode that its file asks for.

Owns the landmarkers: a pool of them for all pictures in IMAGE mode, and one for each film in VIDEO
mode, where people are followed from frame to frame. `start` runs on the reading thread, the rest on
the one that looks. A picture that the engine does not take ends its file, with a problem; what else
goes wrong is raised: UserError, EngineLost.
"""

import time
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from fractions import Fraction

from edgepose.detect.allowance import Allowance
from edgepose.detect.pool import Looked, Pool
from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.reading.shots import Begin, End, Read
from edgepose.detect.seen import Seen
from edgepose.landmarker import FrameRefused, PoseLandmarker, PoseLandmarkerResult
from edgepose.scene.tracker import Tracker
from edgepose.vision.engines import DirectMode

Open = Callable[[DirectMode], PoseLandmarker]
Started = Begin | End | tuple[Shot, "Future[Looked] | None"]
"""What is read; a picture with what comes of it, where an engine has begun to look at it."""


class Looker:
    """Makes Seen of Shot. `mode` None: films in VIDEO mode, all else in IMAGE. `workers`: pictures
    looked at at once in IMAGE mode. A picture of which nothing is made goes back to the allowance.
    Close it."""

    def __init__(
        self, open_landmarker: Open, mode: DirectMode | None, workers: int, allowance: Allowance
    ) -> None:
        self._open, self._mode, self._workers = open_landmarker, mode, workers
        self._allowance = allowance
        self._pool: Pool | None = None
        self._file: _File | None = None

    def start(self, read: Iterable[Read]) -> Generator[Started, None, None]:
        """The same steps in the same order, with pictures that are looked at already."""
        alone = False
        for step in read:
            if isinstance(step, Begin):
                alone = self._mode != "VIDEO" and not self._follows(step)
            if isinstance(step, Shot):
                yield step, self._images().look(step) if alone else None
            else:
                yield step

    def look(self, started: Iterable[Started]) -> Iterator[Begin | Seen | End]:
        """What was seen, file by file; the rest of a file that the engine refuses is left out."""
        for step in started:
            if isinstance(step, Begin):
                self._file = self._begin(step)
                yield step
                if step.clip is None and self._mode == "VIDEO" and step.frames:
                    yield self._refuse("it has no times, which VIDEO mode needs")
            elif isinstance(step, End):
                if self._file is not None:
                    self._forget()
                    yield step
            elif self._file is None:
                self._allowance.give(step[0].pixels)
            else:
                try:
                    yield self._file.look(*step)
                except FrameRefused as error:
                    self._allowance.give(step[0].pixels)
                    yield self._refuse(str(error))

    def _images(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(lambda: self._open("IMAGE"), self._workers)
        return self._pool

    def _begin(self, begin: Begin) -> "_File":
        landmarker = self._open("VIDEO") if self._follows(begin) else None
        return _File(begin.input, begin.clip, landmarker)

    def _follows(self, begin: Begin) -> bool:
        return begin.clip is not None and self._mode != "IMAGE"

    def _refuse(self, reason: str) -> End:
        assert self._file is not None
        name = self._file.input.name
        self._forget()
        return End(f"{name}: {reason}")

    def _forget(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def close(self) -> None:
        """Give the engines back."""
        self._forget()
        if self._pool is not None:
            self._pool.close()


class _File:
    """The file that is looked at; with a landmarker of its own where that follows people."""

    def __init__(self, file: Input, clip: Clip | None, landmarker: PoseLandmarker | None) -> None:
        self.input = file
        self._clip, self._landmarker = clip, landmarker
        self._tracker = Tracker()
        self._engine_ms = -1

    def look(self, shot: Shot, looked: "Future[Looked] | None") -> Seen:
        at_ms = self._time_ms(shot)
        if looked is None:
            result, looked_ms = self._follow(shot, at_ms)
        else:
            try:
                result, looked_ms = looked.result()
            finally:
                # What it raises would hold it, and the picture: see `do_all`.
                del looked
        said_ms = None if at_ms is None else round(float(at_ms), 3)
        return Seen(self.input, shot, result, self._ids(result, shot, at_ms), said_ms, looked_ms)

    def _follow(self, shot: Shot, at_ms: Fraction | None) -> Looked:
        assert self._landmarker is not None
        assert at_ms is not None
        # The engine takes whole milliseconds that rise; some films have more frames.
        self._engine_ms = max(self._engine_ms + 1, round(at_ms))
        began_ns = time.monotonic_ns()
        result = self._landmarker.detect_for_video(shot.image, self._engine_ms)
        return result, (time.monotonic_ns() - began_ns) / 1e6

    def _time_ms(self, shot: Shot) -> Fraction | None:
        if self._clip is None or shot.pts is None:
            return None
        return shot.pts * self._clip.time_base * 1000

    def _ids(
        self, result: PoseLandmarkerResult, shot: Shot, at_ms: Fraction | None
    ) -> tuple[int, ...]:
        """Whose track each person is. The second pose of one body is nobody's."""
        if at_ms is None:
            return (0,) * len(result.people)
        height, width = shot.image.shape[:2]
        found = self._tracker.observe(result.people, (width, height), round(at_ms * 1_000_000), ())
        numbers = {id(person): track.id for track, person in found}
        return tuple(numbers.get(id(person), 0) for person in result.people)

    def close(self) -> None:
        if self._landmarker is not None:
            self._landmarker.close()
