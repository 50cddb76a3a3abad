"""A fleet as a table, at any size."""

import pytest

from edgepose.terminal.fleet import Fleet
from edgepose.terminal.frame import Frame
from edgepose.terminal.table import Table
from tests.terminal.people import lines
from tests.terminal.post import NOTICE, said, state
from tests.terminal.test_report import health

SIZES = [(1, 1), (3, 2), (30, 3), (60, 12), (80, 24), (140, 50), (300, 200)]


def table(fleet: Fleet, *, connected: bool = True) -> Table:
    shown = Table(Frame("a title", "also", "some words", "0:07"))
    shown.waiting = "wait a little"
    devices = fleet.devices().items()
    shown.tell({device: inbox.numbers(connected=connected) for device, inbox in devices})
    return shown


def fleet(count: int) -> Fleet:
    """So many devices; each 10th is offline, each 10th after the 5th degraded."""
    made = Fleet()
    for number in range(count):
        device = f"device-{number:03}"
        made.take(said("availability", "offline" if number % 10 == 0 else "online", device))
        body = health(captured=number, busy=number)
        if number % 10 == 5:
            body |= {"status": "degraded", "why": ["throttled"]}
        made.take(said("health", body, device))
        made.take(said("state", state(number % 2 == 1, number % 2), device))
    return made


@pytest.mark.parametrize(("width", "height"), SIZES)
@pytest.mark.parametrize("count", [0, 2, 100])
def test_it_fills_the_terminal_and_no_more(width: int, height: int, count: int) -> None:
    found = lines(table(fleet(count)), width, height)
    assert len(found) == height
    assert {len(line) for line in found} == {width}


def test_all_of_them_are_there_where_there_is_room() -> None:
    text = "\n".join(lines(table(fleet(100)), 140, 103))
    assert all(f"device-{number:03}" in text for number in range(100))
    assert "more" not in text


def test_the_worst_come_first_and_the_rest_is_counted() -> None:
    found = lines(table(fleet(100)), 140, 24)
    shown = [line.split()[0] for line in found[2:22]]
    assert shown == [f"device-{n:03}" for n in (*range(0, 100, 10), *range(5, 100, 10))]
    assert found[22].strip() == "and 80 more, none of them with a problem"
    assert lines(table(fleet(100)), 140, 14)[12].strip() == "and 90 more, 10 of them with a problem"


def test_a_row_says_how_a_device_is() -> None:
    row = next(line for line in lines(table(fleet(6)), 140, 24) if "device-005" in line)
    assert row.split() == [
        *("device-005", "online", "degraded", "yes", "1", "-", "-", "30.0", "0", "5", "0", "s"),
        "throttled",
    ]


def test_before_anything_was_heard_it_says_so() -> None:
    assert "wait a little" in "\n".join(lines(table(Fleet()), 80, 24))


def test_what_others_wrote_cannot_touch_the_terminal_nor_the_columns() -> None:
    made = Fleet()
    hostile = "\x1b[2J\u202e漢字漢字漢字漢字漢字漢字"
    made.take(said("availability", "\x1b]0;x\x07" * 50, hostile))
    made.take(said("health", {**health(), "status": "\x9b31m" * 9, "why": ["\n\r"]}, hostile))
    made.take(said("availability", "online", "b"))
    found = lines(table(made), 140, 24)
    assert all(line.isprintable() for line in found)
    rows = [line for line in found if "?[2J?" in line]
    assert len(rows) == 1
    assert "\n" not in rows[0]


def test_nothing_that_an_offline_device_said_is_shown_as_if_it_were_now() -> None:
    row = next(line for line in lines(table(fleet(6)), 140, 24) if "device-000" in line)
    # What is missing and when it was heard is what came here.
    assert row.split() == ["device-000", "offline", *"------", "0", "-", "0", "s"]
    # Nor is anything where there is no connection.
    for row in lines(table(fleet(6), connected=False), 140, 24)[2:8]:
        assert row.split()[1:] == [*"-------", "0", "-", "0", "s"]


@pytest.mark.parametrize(
    ("width", "heads"),
    [
        (30, ["is", "there"]),
        (46, ["is", "status", "there"]),
        (60, ["is", "status", "there", "why"]),
        (80, ["is", "status", "there", "people", "poses/s", "why"]),
    ],
)
def test_whether_somebody_is_there_comes_before_everything_else(
    width: int, heads: list[str]
) -> None:
    _, head, *rows = lines(table(fleet(6)), width, 24)
    assert head.split() == ["device", *heads]
    there = {row.split()[0]: row.split()[1 + heads.index("there")] for row in rows[:6]}
    assert there["device-005"] == "yes"
    assert there["device-004"] == "no"
    assert ("throttled" in rows[1]) == ("why" in heads)


def test_what_is_cut_shows_that_it_is() -> None:
    made = fleet(1)
    why = ["old config: line 7: camera.rate: `thirty` is not allowed"]
    made.take(said("health", {**health(), "status": "degraded", "why": why}, "b"))
    row = next(line for line in lines(table(made), 80, 24) if line.startswith(" b "))
    assert row.endswith("\N{HORIZONTAL ELLIPSIS}")
    assert "old config: " in row
    assert why[0] in "\n".join(lines(table(made), 200, 24))


def test_whose_picture_can_be_had_is_marked_where_there_is_room() -> None:
    made = fleet(6)
    made.take(said("notice", NOTICE, "device-003"))
    _, head, *rows = lines(table(made), 140, 24)
    assert head.split()[-2:] == ["picture", "why"]
    assert [row.split()[0] for row in rows if "shared" in row] == ["device-003"]
