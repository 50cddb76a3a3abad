"""The engine looks at every picture that is read, in the mode that its file asks for.

Owns the landmarkers: a pool of them for all pictures in IMAGE mode, and one for each film in VIDEO
mode, where people are followed from frame to frame. Runs on one thread, the one that calls it. A
picture that the engine does not take ends its file, with a problem; what else goes wrong is raised:
UserError, EngineLost.
"""

import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from fractions import Fraction

from edgepose.detect.bounded import MOST_BYTES
from edgepose.detect.pool import Looked, Pool
from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.reading.shots import Begin, End, Read
from edgepose.detect.seen import Seen
from edgepose.landmarker import FrameRefused, PoseLandmarker, PoseLandmarkerResult
from edgepose.scene.tracker import Tracker
from edgepose.vision.engines import DirectMode

Open = Callable[[DirectMode], PoseLandmarker]


class Looker:
    """Makes Seen of Shot. `mode` None: films in VIDEO mode, all else in IMAGE. `workers`: pictures
    looked at at once in IMAGE mode. Close it."""

    def __init__(self, open_landmarker: Open, mode: DirectMode | None, workers: int) -> None:
        self._open, self._mode, self._workers = open_landmarker, mode, workers
        self._pool: Pool | None = None
        self._file: _File | None = None

    def look(self, read: Iterable[Read]) -> Iterator[Begin | Seen | End]:
        """What was seen, file by file; the rest of a file that the engine refuses is left out."""
        for step in self._ahead(read):
            if isinstance(step, Begin):
                self._file = self._begin(step)
                yield step
                if step.clip is None and self._mode == "VIDEO" and step.frames:
                    yield self._refuse("it has no times, which VIDEO mode needs")
            elif self._file is None:
                continue
            elif isinstance(step, End):
                self._forget()
                yield step
            else:
                try:
                    yield self._file.look(*step)
                except FrameRefused as error:
                    yield self._refuse(str(error))

    def _ahead(
        self, read: Iterable[Read]
    ) -> Iterator[Begin | End | tuple[Shot, "Future[Looked] | None"]]:
        """The same steps in the same order, with pictures that are looked at already."""
        waiting: deque[Begin | End | tuple[Shot, Future[Looked]]] = deque()
        follows, pictures, weight = False, 0, 0
        for step in read:
            if isinstance(step, Begin):
                follows = step.clip is not None and self._mode != "IMAGE"
            if follows:
                yield from waiting
                waiting.clear()
                pictures = weight = 0
                yield (step, None) if isinstance(step, Shot) else step
            elif isinstance(step, Shot) and self._mode != "VIDEO":
                waiting.append((step, self._images().look(step)))
                pictures, weight = pictures + 1, weight + step.image.nbytes
            elif not isinstance(step, Shot):
                waiting.append(step)
            while waiting:
                first = waiting[0]
                if isinstance(first, tuple):
                    # One more than are looked at, so that no worker waits for this thread.
                    if pictures <= self._workers and weight <= MOST_BYTES:
                        break
                    pictures, weight = pictures - 1, weight - first[0].image.nbytes
                yield waiting.popleft()
        yield from waiting

    def _images(self) -> Pool:
        if self._pool is None:
            self._pool = Pool(lambda: self._open("IMAGE"), self._workers)
        return self._pool

    def _begin(self, begin: Begin) -> "_File":
        follows = begin.clip is not None and self._mode != "IMAGE"
        return _File(begin.input, begin.clip, self._open("VIDEO") if follows else None)

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
            result, looked_ms = looked.result()
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
