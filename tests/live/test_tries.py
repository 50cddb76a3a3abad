"""How often an address may try, and that it locks out no other one."""

import pytest

from edgepose.live.tries import AT_ONCE, EVERY_S, MOST, Tries

HERE, THERE = "192.168.1.7", "192.168.1.8"


def test_some_at_once_and_then_one_now_and_then() -> None:
    tries = Tries()
    for _ in range(AT_ONCE):
        assert tries.wait_s(HERE, 100.0) == 0
        tries.failed(HERE, 100.0)
    assert tries.wait_s(HERE, 100.0) == pytest.approx(EVERY_S)
    assert tries.wait_s(THERE, 100.0) == 0
    assert tries.wait_s(HERE, 100.0 + EVERY_S) == 0
    tries.failed(HERE, 100.0 + EVERY_S)
    assert tries.wait_s(HERE, 100.0 + EVERY_S) == pytest.approx(EVERY_S)
    # A quiet hour, and all are free again, but no more than that.
    for _ in range(AT_ONCE):
        assert tries.wait_s(HERE, 4000.0) == 0
        tries.failed(HERE, 4000.0)
    assert tries.wait_s(HERE, 4000.0) > 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:192.168.1.7", "192.168.1.7", True),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("192.168.1.7", "192.168.1.8", False),
        ("", "192.168.1.8", False),
    ],
)
def test_whoever_has_many_addresses_has_no_more_tries(one: str, other: str, same: bool) -> None:
    tries = Tries()
    for _ in range(AT_ONCE):
        tries.failed(one, 0.0)
    assert (tries.wait_s(other, 0.0) > 0) == same


def test_it_remembers_no_more_than_fit() -> None:
    tries = Tries()
    for _ in range(AT_ONCE):
        tries.failed(HERE, 0.0)
    for number in range(MOST - 1):
        tries.failed(f"10.0.{number // 256}.{number % 256}", 0.0)
    assert tries.wait_s(HERE, 0.0) > 0
    tries.failed("10.1.0.0", 0.0)
    assert tries.wait_s(HERE, 0.0) == 0
