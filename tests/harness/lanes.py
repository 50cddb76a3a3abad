"""Which tests run beside the others.

Most of a run the tests wait, and two cores have little to do. pytest-xdist gives each lane a
process of its own: `scripts/test` asks for four. The tests of one lane run in it in their order;
without xdist all run one after the other.
"""

from typing import Final

from xdist.scheduler import LoadScopeScheduling

LANES: Final = {
    # A whole system, and only one at a time: they share its root and its packages.
    "appliance": ("tests/appliance/",),
    # They wait for a broker or a daemon most of the time.
    "brokers": (
        "tests/benchmark/",
        "tests/mqtt/",
        "tests/recipes/",
        "tests/reload/",
        "tests/service/",
        "tests/whole/test_disks.py",
        "tests/whole/test_faults.py::test_a_broker_that_stands_still_for_a_minute",
        "tests/whole/test_no_network.py",
    ),
    # They have no limits of time that a busy machine could break.
    "parts": (
        "tests/agreement/",
        "tests/cli/",
        "tests/commands/",
        "tests/config/",
        "tests/contract/",
        "tests/detect/",
        "tests/drawing/",
        "tests/home_assistant/",
        "tests/landmarker/",
        "tests/live/page/",
        "tests/messages/",
        "tests/models/",
        "tests/pictures/",
        "tests/processors/",
        "tests/scene/",
        "tests/scripts/",
        "tests/terminal/",
        "tests/vision/litert/",
        "tests/vision/test_engine.py",
        "tests/vision/test_jitter.py",
        "tests/vision/test_masks.py",
    ),
}
"""Of each lane what the names of its tests begin with; all others have one more to themselves."""


def lane_of(test: str) -> str:
    """The lane that a test runs in, by its name as pytest has it."""
    return next((lane for lane, names in LANES.items() if test.startswith(names)), "others")


class Lanes(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each lane as a whole to one process."""

    def _split_scope(self, nodeid: str) -> str:
        # What xdist's documentation says to override.
        return lane_of(nodeid)
