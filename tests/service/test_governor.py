"""The rate falls while the machine is held back, and comes back slowly."""

from hypothesis import given
from hypothesis import strategies as st

from edgepose.service.governor import CLEAR_S, SLOWEST, STEP_S, Governor

S = 1_000_000_000
BOOT = 5_000 * S
HOT = ("throttled",)


def test_it_falls_by_a_third_every_ten_seconds_and_not_below_the_idle_rate() -> None:
    governor = Governor()
    rates = []
    for second in range(100):
        governor.look(HOT, BOOT + second * S, 30, 3)
        rates.append(round(governor.limit(30, 3), 1))
    assert rates[::10] == [20, 13.3, 8.9, 5.9, 4.0, 3, 3, 3, 3, 3]
    assert sorted(rates, reverse=True) == rates
    assert governor.reasons == HOT


def test_it_is_never_slower_than_two_a_second() -> None:
    governor = Governor()
    for second in range(200):
        governor.look(HOT, BOOT + second * S, 30, 1)
    assert governor.limit(30, 1) == SLOWEST
    assert governor.limit(1.5, 1) == 1.5


def test_it_rises_a_step_a_minute_once_it_is_clear() -> None:
    governor = Governor()
    for second in range(25):
        governor.look(HOT, BOOT + second * S, 30, 3)
    assert round(governor.limit(30, 3), 1) == 8.9
    clear = BOOT + 25 * S
    news = [n for n in range(300) if governor.look((), clear + n * S, 30, 3)]
    assert news == [0, 60, 120, 180]
    assert not governor.lowers
    assert not governor.clear
    assert governor.limit(30, 3) == 30


def test_one_that_comes_and_goes_stays_lowered() -> None:
    governor = Governor()
    for second in range(0, 600, 3):
        governor.look(HOT if second % 30 == 0 else (), BOOT + second * S, 30, 3)
    assert governor.limit(30, 3) == 3


def hot_day(governor: Governor) -> int:
    """A day of a Pi that cannot get rid of the heat of full rate: degrees above the air that come
    with the rate, slowly. How often something began to hold it back."""
    degrees, hot, times = 40.0, False, 0
    for second in range(0, 86_400, 3):
        warm = 50 + 1.2 * governor.limit(30, 3)
        degrees += (warm - degrees) * 3 / 120
        was, hot = hot, degrees > (78 if hot else 80)
        times += hot and not was
        governor.look(HOT if hot else (), BOOT + second * S, 30, 3)
    return times


def test_where_it_is_too_hot_all_day_it_is_tried_seldom() -> None:
    governor = Governor()
    times = hot_day(governor)
    print(f"held back {times} times")
    assert 20 < times < 40
    assert governor.unsettled


def test_an_hour_at_full_rate_and_it_waits_as_briefly_as_ever() -> None:
    governor = Governor()
    hot_day(governor)
    later = BOOT + 86_400 * S
    for second in range(0, 4 * 3600, 3):
        governor.look((), later + second * S, 30, 3)
    assert (governor.lowers, governor.unsettled) == (False, False)
    later += 4 * 3600 * S
    governor.look(HOT, later, 30, 3)
    governor.look((), later + S, 30, 3)
    governor.look((), later + S + round(CLEAR_S) * S, 30, 3)
    assert not governor.lowers


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 100 * S)), max_size=60),
    st.floats(1, 120),
    st.floats(1, 120),
)
def test_the_limit_is_never_above_what_is_wanted_and_never_too_low(
    looks: list[tuple[bool, int]], rate: float, idle_rate: float
) -> None:
    governor, now = Governor(), BOOT
    for hot, later in looks:
        now += later
        before = governor.limit(rate, idle_rate)
        governor.look(HOT if hot else (), now, rate, idle_rate)
        limit = governor.limit(rate, idle_rate)
        assert min(rate, max(SLOWEST, idle_rate)) <= limit <= rate
        assert not hot or limit <= before
        assert hot or limit >= before


def test_a_rate_that_was_changed_meanwhile_is_lowered_as_much() -> None:
    governor = Governor()
    governor.look(HOT, BOOT, 30, 3)
    assert governor.limit(15, 3) == 10
    governor.look((), BOOT + round(STEP_S) * S, 15, 3)
    governor.look((), BOOT + round(STEP_S + CLEAR_S) * S, 15, 3)
    assert governor.limit(15, 3) == 15
