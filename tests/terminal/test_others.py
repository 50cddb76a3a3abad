"""Who else is there, while nothing is heard of the device that was named."""

import pytest

from edgepose.terminal.arrival import LONGEST_NAME, MOST_DEVICES
from edgepose.terminal.others import Others, nothing_of


def heard(*topics: str) -> Others:
    """After these messages; a topic with a minus at its end is taken back."""
    others = Others("a/b", "nosuch")
    for topic in topics:
        others.look(topic.removesuffix("-"), b"" if topic.endswith("-") else b"online")
    return others


def test_the_names_are_told_in_order() -> None:
    names = heard("a/b/porch/availability", "a/b/hallway/availability").names
    assert names == ("hallway", "porch")
    assert nothing_of("nosuch", names) == "nothing heard of nosuch yet; heard of: hallway, porch"
    assert nothing_of("nosuch", ()) == "nothing heard of nosuch yet; heard of: no device"


@pytest.mark.parametrize("rest", ["availability", "pose/packed", "state"])
def test_whatever_comes_of_the_device_ends_it(rest: str) -> None:
    assert heard("a/b/porch/availability", f"a/b/nosuch/{rest}").names is None


def test_a_name_that_is_given_up_is_nobody_s_any_more() -> None:
    assert heard("a/b/x/availability", "a/b/x/availability-").names == ()
    assert heard("a/b/nosuch/availability", "a/b/nosuch/availability-").names == ()


def test_what_others_wrote_touches_neither_memory_nor_terminal() -> None:
    many = heard(*(f"a/b/d{number:04}/availability" for number in range(MOST_DEVICES + 5)))
    assert many.names is not None
    assert len(many.names) == MOST_DEVICES
    assert nothing_of("nosuch", many.names).endswith("d0006, d0007 and 492 more")
    assert heard(f"a/b/{'x' * (LONGEST_NAME + 1)}/availability").names == ()
    assert nothing_of("nosuch", ("\u202ehall",)).isprintable()
