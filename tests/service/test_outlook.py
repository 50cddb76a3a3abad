"""How the camera is, from which frames come: the view, people, and a picture that stands still."""

import pytest

from edgepose.messages.page import VIEWS, Page, View
from edgepose.service.outlook import FROZEN_NS, PEOPLE_NS, Outlook

NOW_NS = 10**12


def shows(page: Page, view: View) -> Page:
    page.sign("view", VIEWS.index(view))
    return page


def test_a_view_that_was_not_judged_is_not_known(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    assert outlook.look(page, None, NOW_NS) is None
    assert outlook.look(page, "stalled", NOW_NS) is None
    # Opened anew, it has to show that it is no more.
    assert outlook.look(page, "frozen", NOW_NS) == "frozen"
    assert outlook.look(shows(page, "ok"), "frozen", NOW_NS) == "ok"


@pytest.mark.parametrize("view", ["ok", "dark", "covered", "frozen"])
def test_it_is_as_it_is_seen(page: Page, view: View) -> None:
    assert Outlook(may_thaw=True).look(shows(page, view), "ok", NOW_NS) == view


@pytest.mark.parametrize("view", ["dark", "covered"])
def test_where_people_are_found_it_is_not_dark(page: Page, view: View) -> None:
    outlook = Outlook(may_thaw=True)
    outlook.people(NOW_NS)
    assert outlook.look(shows(page, view), "ok", NOW_NS + PEOPLE_NS - 1) == "ok"
    assert outlook.look(page, "ok", NOW_NS + PEOPLE_NS) == view


def test_people_in_a_frozen_picture_prove_nothing(page: Page) -> None:
    outlook = Outlook(may_thaw=True)
    outlook.people(NOW_NS)
    assert outlook.look(shows(page, "frozen"), "ok", NOW_NS) == "frozen"


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
