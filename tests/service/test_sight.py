"""What is known of the camera after one run and another."""

import pytest

from edgepose.messages.report import Cause
from edgepose.messages.state import Camera
from edgepose.service.ended import Ended
from edgepose.service.sight import Sight


class Told(Sight):
    """What the supervision, which it is a part of, tells it."""

    def __init__(self, camera: Camera | None) -> None:
        self.changes: list[Camera | None] = []
        super().__init__(lambda: self.changes.append(self.camera))
        self.camera = camera

    def ready(self) -> None:
        self._opened({"workers": 1, "threads": 1})

    def ended(self, cause: Cause) -> None:
        self._camera_after(Ended(cause, "for this reason"))


@pytest.mark.parametrize("before", ["missing", "stalled", "frozen", None])
def test_one_that_is_open_has_shown_nothing_yet(before: Camera | None) -> None:
    told = Told(before)
    told.ready()
    assert told.changes == [before]


@pytest.mark.parametrize(
    ("before", "cause", "after"),
    [
        ("ok", "capture_stalled", "stalled"),
        (None, "camera_refused", "missing"),
        ("stalled", "camera_refused", "missing"),
        ("ok", "signal", None),
        # Of these nothing is known any more: the camera was opened, or nobody got as far.
        ("missing", "engine_refused", None),
        ("stalled", "engine_stalled", None),
        ("missing", "signal", None),
        # Nothing was tried.
        ("missing", "start_refused", "missing"),
        # It has to show that it is so no more.
        ("frozen", "picture_frozen", "frozen"),
        ("frozen", "signal", "frozen"),
        ("frozen", "camera_refused", "missing"),
    ],
)
def test_what_an_end_tells(before: Camera | None, cause: Cause, after: Camera | None) -> None:
    told = Told(before)
    told.ended(cause)
    assert told.camera == after
