"""The clocks agree with each other."""

import itertools
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.service.clock import boottime_ns, is_unset, iso, unix_us
from edgepose.wall_clock import TimeServer
from tests.messages.poses import QUICK

HOUR_NS = 3_600_000_000_000


def test_boottime_rises() -> None:
    before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    assert before <= boottime_ns() <= boottime_ns()


def test_a_moment_of_the_boot_clock_on_the_wall_clock() -> None:
    now_us = unix_us(boottime_ns())
    # Both clocks are read, one after the other: far nearer than a second.
    assert abs(now_us - time.time_ns() // 1000) < 1_000_000
    assert abs(now_us - HOUR_NS // 1000 - unix_us(boottime_ns() - HOUR_NS)) < 1_000_000


def test_a_wall_clock_that_nobody_has_set(monkeypatch: pytest.MonkeyPatch) -> None:
    assert is_unset(0)
    assert is_unset(1_700_000_000_000_000)
    assert not is_unset(1_795_340_123_456_789)
    monkeypatch.setattr(time, "time_ns", lambda: 3_000_000_000)
    assert is_unset(unix_us(boottime_ns()))


@QUICK
@given(st.integers(-(10**12), 4 * 10**15))
def test_iso_is_utc_in_whole_milliseconds(at_us: int) -> None:
    moment = datetime.fromisoformat(iso(at_us))
    assert iso(at_us).endswith("Z")
    assert len(iso(at_us)) == len("2026-11-22T08:40:03.120Z")
    assert moment == datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_us // 1000)


def test_iso_as_in_a_health_message() -> None:
    assert iso(1_795_336_803_120_999) == "2026-11-22T08:40:03.120Z"


@pytest.mark.parametrize(
    ("at_work", "synchronized", "clocks", "missed"),
    [
        (False, False, (), False),
        (True, False, (), True),
        (True, True, (), False),
        (True, False, ("1795340123",), False),
        # A Pi 5 without a battery; a clock whose driver cannot read it.
        (True, False, ("47",), True),
        (True, False, ("", "47", "1795340123"), False),
    ],
)
def test_a_time_that_was_saved_is_not_set(
    tmp_path: Path, at_work: bool, synchronized: bool, clocks: tuple[str, ...], missed: bool
) -> None:
    folder = tmp_path / "run/systemd/timesync"
    if at_work:
        folder.mkdir(parents=True)
    if synchronized:
        (folder / "synchronized").touch()
    for number, shown in enumerate(clocks):
        clock = tmp_path / f"sys/class/rtc/rtc{number}"
        clock.mkdir(parents=True)
        (clock / "since_epoch").write_text(f"{shown}\n")
    assert TimeServer(tmp_path).is_missed() is missed


def test_a_time_server_that_was_reached_stays_so_and_is_looked_for_once_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "run/systemd/timesync"
    folder.mkdir(parents=True)
    seconds = itertools.count()
    monkeypatch.setattr(time, "monotonic", lambda: 100 + next(seconds) / 2)
    server = TimeServer(tmp_path)
    assert server.is_missed()
    (folder / "synchronized").touch()
    assert server.is_missed()
    assert not server.is_missed()
    # timesyncd is started anew.
    (folder / "synchronized").unlink()
    assert not any(server.is_missed() for _ in range(10))
