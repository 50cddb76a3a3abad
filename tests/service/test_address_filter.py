"""Which addresses a unit's filter lets through, as systemd judges it. That it judges so, and that
it can be asked from inside the service, is in tests/appliance."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from edgepose.service import address_filter
from edgepose.service.address_filter import FRESH_S, Filter, OwnFilter, addresses, networks

PRIVATE = networks("127.0.0.0/8 ::1/128 10.0.0.0/8 192.168.0.0/16 fe80::/10 fc00::/7 100.64.0.0/10")
UNIT = Filter("edgepose.service", tuple(PRIVATE), tuple(networks("any")))


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("192.168.1.20", True),
        ("100.64.0.1", True),
        ("100.128.0.1", False),
        ("203.0.113.5", False),
        ("2001:db8::5", False),
        ("fe80::1%eth0", True),
        ("febf::1", True),
        ("fec0::1", False),
        # In the packets these are IPv4.
        ("::ffff:192.168.1.20", True),
        ("::ffff:203.0.113.5", False),
    ],
)
def test_what_passes_the_default_filter(address: str, allowed: bool) -> None:
    assert UNIT.allows(ip_address(address)) is allowed


def test_what_is_allowed_passes_whatever_is_denied() -> None:
    both = Filter("a.service", tuple(networks("10.0.0.0/8")), tuple(networks("10.1.0.0/16")))
    assert both.allows(ip_address("10.1.0.1"))


def test_what_nobody_denies_passes() -> None:
    assert Filter("a.service").allows(ip_address("203.0.113.5"))
    denied = Filter("a.service", (), tuple(networks("203.0.113.0/24")))
    assert not denied.allows(ip_address("203.0.113.5"))
    assert denied.allows(ip_address("203.0.114.5"))


def test_the_drop_in_lets_it_pass() -> None:
    far = [ip_address("203.0.113.5"), ip_address("2001:db8::5")]
    text = UNIT.drop_in(far)
    assert text == "[Service]\nIPAddressAllow=203.0.113.5 2001:db8::5\n"
    more = tuple(networks(text.rpartition("=")[2]))
    assert all(Filter(UNIT.unit, UNIT.allow + more, UNIT.deny).allows(each) for each in far)
    remedy = UNIT.remedy(far)
    assert "`sudo systemctl edit edgepose`" in remedy
    assert "\n" not in remedy


def test_a_host_without_an_address_has_none() -> None:
    assert addresses("no.such.host.invalid") == []
    assert addresses("x" * 70 + ".example") == []
    assert addresses("192.0.2.7") == [ip_address("192.0.2.7")]


def test_systemd_is_asked_once_a_minute_however_often_a_host_is_silent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, now_ns = tmp_path / "asked", 1_000_000_000_000
    systemctl = tmp_path / "systemctl"
    systemctl.write_text(
        f"#!/bin/sh\necho >>{asked}\nshift 3\nfor _ in \"$@\"; do printf '%s\\n' LoadState=loaded"
        " Slice=system.slice IPAddressDeny=203.0.113.0/24 ''; done\n"
    )
    systemctl.chmod(0o755)
    cgroup = tmp_path / "cgroup"
    cgroup.write_text("0::/system.slice/edgepose.service\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(address_filter, "_CGROUP", cgroup)
    monkeypatch.setattr(address_filter, "boottime_ns", lambda: now_ns)
    own = OwnFilter()
    for _ in range(20):
        assert "blocked by the unit's" in (own.why_silent("203.0.113.5", TimeoutError()) or "")
        now_ns += 2_000_000_000
    assert len(asked.read_text()) == 2
    now_ns += round(FRESH_S * 1e9)
    assert own.why_silent("203.0.113.5", TimeoutError())
    assert len(asked.read_text()) == 4
