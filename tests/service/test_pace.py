"""Which rates the vision process is told, and when."""

import logging
from pathlib import Path

import pytest

from edgepose.messages.control import SetRate
from edgepose.service.pace import LINGER_S, Pace

S = 1_000_000_000
BOOT = 5_000 * S


class House:
    """What was told, to the vision process and to health; `root` is a made-up /sys."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.told: list[SetRate] = []
        self.changes = 0
        self.pace = Pace(self.told.append, self._changed)

    def _changed(self) -> None:
        self.changes += 1

    def lowered(self) -> str | None:
        """What a person is told."""
        return self.pace.lowered

    def word(self, word: int) -> None:
        """The firmware says this from now on."""
        file = self.root / "sys/devices/platform/soc/soc:firmware/get_throttled"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"{word:x}\n")

    def looks(self, first_s: int, last_s: int) -> None:
        """Looks every three seconds from one second to another."""
        for second in range(first_s, last_s, 3):
            self.pace.look(BOOT + second * S, self.root)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def test_an_empty_room_is_told_to_idle_and_somebody_ends_it_at_once(house: House) -> None:
    house.pace.want(30, 3)
    assert house.told == [SetRate(30, 3)]
    house.pace.observed(False, BOOT)
    assert len(house.told) == 1
    house.pace.observed(True, BOOT + S)
    assert house.told[1:] == [SetRate(30)]


def test_full_rate_lasts_for_some_seconds_after_somebody_was_seen(house: House) -> None:
    house.pace.want(30, 3)
    house.pace.observed(True, BOOT)
    house.pace.observed(False, BOOT + round(LINGER_S * S))
    assert house.told[-1] == SetRate(30)
    house.pace.observed(False, BOOT + round(LINGER_S * S) + 1)
    assert house.told[-1] == SetRate(30, 3)


@pytest.mark.parametrize(("rate", "idle_rate"), [(30, 30), (2, 3), (0, 3)])
def test_it_never_idles_at_the_idle_rate_or_below_or_as_fast_as_it_can(
    house: House, rate: float, idle_rate: float
) -> None:
    house.pace.want(rate, idle_rate)
    house.pace.observed(False, BOOT)
    assert house.told == [SetRate(rate)]


def test_a_changed_idle_rate_is_told_at_once(house: House) -> None:
    house.pace.want(30, 3)
    house.pace.want(30, 5)
    house.pace.want(30, 30)
    assert house.told == [SetRate(30, 3), SetRate(30, 5), SetRate(30)]


def test_a_machine_that_is_held_back_is_spared_and_it_is_said_once(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    house.pace.want(30, 3)
    house.word(0)
    house.looks(0, 9)
    assert house.lowered() is None
    assert house.changes == 0
    house.word(0x6)
    house.looks(9, 24)
    assert house.lowered() == "rate lowered to 13.3/s: frequency capped, throttled"
    assert house.told[-1].rate == pytest.approx(13.33, abs=0.01)
    assert house.told[-1].idle_rate == 3
    assert house.changes == 2
    # What was so since the start stays in the word.
    house.word(0x60000)
    house.looks(24, 40)
    assert house.lowered() == "rate still lowered to 13.3/s: was frequency capped, throttled"
    house.looks(40, 200)
    assert house.lowered() is None
    # Once, however often it comes again.
    for began in (300, 1200, 2100):
        house.word(0x6)
        house.looks(began, began + 20)
        assert house.lowered() is not None
        house.word(0x60000)
        house.looks(began + 20, began + 800)
        assert house.lowered() is None
    assert len(caplog.messages) == 1
    house.looks(2900, 6300)
    assert house.told[-1] == SetRate(30, 3)
    first, last = caplog.messages
    assert "held back" in first
    assert "rate lowered to 20/s: frequency capped, throttled" in first
    assert last == "the machine is no longer held back: for an hour at 30/s"


def test_what_held_it_back_between_two_looks_counts(house: House) -> None:
    house.pace.want(30, 3)
    house.word(0)
    house.looks(0, 3)
    house.word(0x10000)
    house.looks(3, 6)
    assert house.lowered() == "rate lowered to 20/s: under voltage"


def test_what_held_it_back_before_the_daemon_started_does_not(house: House) -> None:
    house.pace.want(30, 3)
    house.word(0xF0000)
    house.looks(0, 30)
    assert house.told == [SetRate(30, 3)]


def test_on_a_machine_that_tells_nothing_nothing_is_lowered(house: House) -> None:
    house.pace.want(30, 3)
    house.looks(0, 30)
    assert house.told == [SetRate(30, 3)]
    assert house.lowered() is None


def test_a_rate_for_measuring_is_not_lowered(house: House) -> None:
    house.pace.want(0, 3)
    house.word(0xF)
    house.looks(0, 30)
    assert house.told == [SetRate(0)]
    assert house.lowered() is None
    assert house.changes == 0
