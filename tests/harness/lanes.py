"""Which tests may run beside the others.

Most of a run the tests wait, and two cores have little to do. pytest-xdist gives each lane a
process of its own: `scripts/test` asks for three. The tests of one lane run in it in their order;
without xdist all run one after the other.
"""

import pytest

WAITING = pytest.mark.xdist_group("waiting")
"""For what takes long because it waits."""
COMPUTING = pytest.mark.xdist_group("computing")
"""For what waits for nobody and has no limits of time, or very long ones."""
ALL_OTHERS = pytest.mark.xdist_group("others")
