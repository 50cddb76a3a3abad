"""The engine looks at every picture that is read, in the mode that its file asks for.

Owns the landmarkers: one for all pictures in IMAGE mode, and one for each film in VIDEO mode,
where people are followed from frame to frame. Runs on one thread, the one that calls it. A picture
that the engine does not take ends its file, with a problem; what else goes wrong is raised:
UserError, EngineLost.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction

from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.reading.shots import Begin, End, Read
from edgepose.detect.seen import Seen
from edgepose.landmarker import FrameRefused, PoseLandmarker, PoseLandmarkerResult
from edgepose.scene.tracker import Tracker
from edgepose.vision.engines import DirectMode

Open = Callable[[DirectMode], PoseLandmarker]


class Looker:
    """Makes Seen of Shot. `mode` None: films in VIDEO mode, all else in IMAGE. Close it."""

    def __init__(self, open_landmarker: Open, mode: DirectMode | None) -> None:
        self._open, self._mode = open_landmarker, mode
        self._image: PoseLandmarker | None = None
        self._file: _File | None = None

    def look(self, read: Iterable[Read]) -> Iterator[Begin | Seen | End]:
        """What was seen, file by file; the rest of a file that the engine refuses is left out."""
        for step in read:
            if isinstance(step, Begin):
                self._file = self._begin(step)
                yield step
                if step.clip is None and self._mode == "VIDEO" and step.frames:
                    yield from self._refuse("it has no times, which VIDEO mode needs")
            elif isinstance(step, End):
                if self._file is not None:
                    self._forget()
                    yield step
            elif self._file is not None:
                try:
                    seen = self._file.look(step)
                except FrameRefused as error:
                    yield from self._refuse(str(error))
                else:
                    yield seen

    def _begin(self, begin: Begin) -> "_File":
        if begin.clip is not None and self._mode != "IMAGE":
            return _File(begin.input, begin.clip, self._open("VIDEO"), follows=True)
        if self._image is None:
            self._image = self._open("IMAGE")
        return _File(begin.input, begin.clip, self._image, follows=False)

    def _refuse(self, reason: str) -> Iterator[End]:
        assert self._file is not None
        name = self._file.input.name
        self._forget()
        yield End(f"{name}: {reason}")

    def _forget(self) -> None:
        file, self._file = self._file, None
        if file is not None and file.follows:
            file.landmarker.close()

    def close(self) -> None:
        """Give the engines back."""
        self._forget()
        if self._image is not None:
            self._image.close()


class _File:
    """The file that is looked at."""

    def __init__(
        self, file: Input, clip: Clip | None, landmarker: PoseLandmarker, *, follows: bool
    ) -> None:
        self.input, self.landmarker, self.follows = file, landmarker, follows
        self._clip = clip
        self._tracker = Tracker()
        self._engine_ms = -1

    def look(self, shot: Shot) -> Seen:
        began_ns = time.monotonic_ns()
        at_ms = self._time_ms(shot)
        if self.follows and at_ms is not None:
            # The engine takes whole milliseconds that rise; some films have more frames.
            self._engine_ms = max(self._engine_ms + 1, round(at_ms))
            result = self.landmarker.detect_for_video(shot.image, self._engine_ms)
        else:
            result = self.landmarker.detect(shot.image)
        looked_ms = (time.monotonic_ns() - began_ns) / 1e6
        ids = self._ids(result, shot, at_ms)
        said_ms = None if at_ms is None else round(float(at_ms), 3)
        return Seen(self.input, shot, result, ids, said_ms, looked_ms)

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
