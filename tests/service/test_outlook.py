"""How the camera is, from which frames come: the view, people, and a picture that stands still."""

import pytest

from edgepose.messages.observation import Observation
from edgepose.messages.page import VIEWS, Page, View
from edgepose.messages.pose import Landmark, Person
from edgepose.messages.state import Camera
from edgepose.service.outlook import FROZEN_NS, GAP_NS, GIVES_NS, PEOPLE_NS, SURE, SURE_NS, Outlook

NOW_NS = 10**12


def found(captured_ns: int, presence: float = 0.9) -> Observation:
    """A frame in which somebody was found."""
    somebody = Person((Landmark(0.5, 0.5, 0.0, 0.9, presence),) * 33)
    return Observation(1, captured_ns, captured_ns, (640, 480), (somebody,))


def shows(page: Page, view: View) -> Page:
    page.sign("view", VIEWS.index(view))
    return page


def test_a_view_that_was_not_judged_is_not_known(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    assert outlook.look(page, None, NOW_NS) is None
    # Opened anew, it has to show that it is no more.
    bad: tuple[Camera, ...] = ("missing", "stalled", "frozen")
    for captured_ns in (NOW_NS, NOW_NS + GIVES_NS - 1):
        page.sign("captured_ns", captured_ns)
        assert [outlook.look(page, camera, captured_ns) for camera in bad] == list(bad)
    # Frames that come for a while are some, were they all the same.
    page.sign("captured_ns", NOW_NS + GIVES_NS)
    shown = [outlook.look(page, camera, NOW_NS + GIVES_NS) for camera in bad]
    assert shown == [None, None, "frozen"]
    shows(page, "ok")
    assert {outlook.look(page, camera, NOW_NS) for camera in bad} == {"ok"}


@pytest.mark.parametrize("view", ["ok", "dark", "covered", "frozen"])
def test_it_is_as_it_is_seen(page: Page, view: View) -> None:
    assert Outlook(may_thaw=True).look(shows(page, view), "ok", NOW_NS) == view


@pytest.mark.parametrize("view", ["dark", "covered"])
def test_where_people_are_found_for_a_second_it_is_not_dark(page: Page, view: View) -> None:
    outlook = Outlook(may_thaw=True)
    shows(page, view)
    for part in range(4):
        outlook.see(found(NOW_NS + part * SURE_NS // 4))
        assert outlook.look(page, None, NOW_NS + part) == view
    there_ns = NOW_NS + SURE_NS
    outlook.see(found(there_ns))
    assert outlook.look(page, None, there_ns) == "ok"
    assert outlook.look(page, "ok", there_ns + PEOPLE_NS - 1) == "ok"
    assert outlook.look(page, "ok", there_ns + PEOPLE_NS) == view


@pytest.mark.parametrize("view", ["dark", "covered"])
@pytest.mark.parametrize(("unseen_ns", "goes_on"), [(GAP_NS, False), (GAP_NS // 2, True)])
def test_who_was_there_before_it_got_dark_proves_nothing(
    page: Page, view: View, unseen_ns: int, *, goes_on: bool
) -> None:
    """The view is judged seconds later: whoever is found until then is found in the dark."""
    outlook = Outlook(may_thaw=True)
    for part in range(8):
        outlook.see(found(NOW_NS + part * SURE_NS // 4))
        assert outlook.look(shows(page, "ok"), "ok", NOW_NS + part * SURE_NS // 4) == "ok"
    last_ns = NOW_NS + 7 * SURE_NS // 4
    shows(page, view)
    expected = "ok" if goes_on else view
    assert outlook.look(page, "ok", last_ns + unseen_ns) == expected
    assert outlook.look(page, expected, last_ns + PEOPLE_NS - 1) == expected


@pytest.mark.parametrize(
    ("presence", "each_ns"), [(0.9, GAP_NS + 1), (SURE - 0.01, 100_000_000)], ids=["now", "weak"]
)
def test_what_is_found_in_the_noise_is_nobody(page: Page, presence: float, each_ns: int) -> None:
    outlook = Outlook(may_thaw=True)
    shows(page, "dark")
    for number in range(100):
        outlook.see(found(NOW_NS + number * each_ns, presence))
        assert outlook.look(page, "dark", NOW_NS + number * each_ns) == "dark"


def test_people_in_a_frozen_picture_prove_nothing(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    outlook.see(found(NOW_NS))
    outlook.see(found(NOW_NS + SURE_NS))
    assert outlook.look(shows(page, "frozen"), "ok", NOW_NS + SURE_NS) == "frozen"


def test_it_is_stuck_when_it_has_been_frozen_for_long(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    outlook.look(shows(page, "frozen"), "ok", NOW_NS)
    stuck = [outlook.stuck]
    outlook.look(page, "frozen", NOW_NS + FROZEN_NS)
    stuck.append(outlook.stuck)
    # The next process has seen nothing yet.
    outlook.look(shows(page, "unknown"), "frozen", NOW_NS + FROZEN_NS)
    stuck.append(outlook.stuck)
    assert stuck == [False, True, False]


def test_what_will_not_thaw_is_not_stuck(page: Page) -> None:
    outlook = Outlook(may_thaw=False)
    outlook.look(shows(page, "frozen"), "ok", NOW_NS)
    assert outlook.look(page, "frozen", NOW_NS + 2 * FROZEN_NS) == "frozen"
    assert not outlook.stuck


def test_it_tells_since_when_a_picture_stands_still(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    views: tuple[View, ...] = ("ok", "frozen", "frozen", "ok", "frozen")
    for second, view in enumerate(views):
        outlook.look(shows(page, view), "ok", NOW_NS + second)
        since = {"ok": None, "frozen": NOW_NS + (4 if second == 4 else 1)}
        assert outlook.frozen_from_ns == since[view]
