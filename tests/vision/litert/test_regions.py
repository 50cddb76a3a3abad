"""Whom the workers of one stream follow: all the same."""

from edgepose.vision.engines.litert.region import Region
from edgepose.vision.engines.litert.tracker import Regions

SIDE = 200.0


def at(*places: float) -> list[Region]:
    return [Region(x, 100.0, SIDE) for x in places]


def test_the_newest_picture_counts() -> None:
    regions = Regions()
    first = regions.get()
    regions.put(30, at(100), first)
    regions.put(20, at(102), first)
    assert regions.get() == at(100)
    regions.put(40, at(104), regions.get())
    assert regions.get() == at(104)


def test_who_finds_somebody_else_follows_the_one_who_was_found_before() -> None:
    regions = Regions()
    empty = regions.get()
    regions.put(10, at(100), empty)
    regions.put(20, at(400), empty)
    assert regions.get() == at(100)


def test_who_wanders_over_to_somebody_else_is_brought_back() -> None:
    regions = Regions()
    regions.put(10, at(100), regions.get())
    mine = regions.get()
    # Meanwhile another worker saw him move away; this one has slipped to somebody behind him.
    regions.put(20, at(130), mine)
    regions.put(30, at(90), mine)
    assert regions.get() == at(130)


def test_who_is_merely_fast_is_not_somebody_else() -> None:
    regions = Regions()
    regions.put(10, at(100), regions.get())
    mine = regions.get()
    regions.put(20, at(140), mine)
    regions.put(30, at(180), mine)
    assert regions.get() == at(180)


def test_who_loses_him_while_another_sees_him_goes_on_from_there() -> None:
    regions = Regions()
    regions.put(10, at(100), regions.get())
    mine = regions.get()
    regions.put(20, at(102), mine)
    regions.put(30, [], mine)
    assert regions.get() == at(102)
    regions.put(40, [], regions.get())
    assert regions.get() == []


def test_of_several_people_nobody_is_held_back() -> None:
    regions = Regions()
    regions.put(10, at(100, 300), regions.get())
    mine = regions.get()
    regions.put(20, at(100, 310), mine)
    regions.put(30, at(500, 600), mine)
    assert regions.get() == at(500, 600)
