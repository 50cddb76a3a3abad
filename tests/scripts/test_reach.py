"""Where the broker is outside what the unit allows, the installer knows the drop-in."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from edgepose.service.address_filter import networks
from scripts.appliance.reach import drop_in, filter_of, main, needed

UNIT = Path(__file__).resolve().parents[2] / "systemd" / "edgepose.service"
FILTER = filter_of(UNIT)
FAR, NEAR = ip_address("203.0.113.7"), ip_address("10.0.0.1")
SERVER = ip_address("192.0.2.53")


@pytest.mark.parametrize(
    "host",
    [
        *("127.0.0.1", "::1", "192.168.1.20", "10.0.0.1", "172.31.255.1", "169.254.3.4"),
        *("fe80::1", "febf::1", "fd00::5", "100.64.0.9", "100.127.255.255"),
    ],
)
def test_a_broker_nearby_needs_none(host: str) -> None:
    asked = needed(host, [ip_address(host)], [SERVER])
    # Nor does it need what an earlier broker did.
    assert drop_in(FILTER, host, asked, drop_in(FILTER, str(FAR), [FAR], "")) == ""


@pytest.mark.parametrize("host", ["203.0.113.7", "2001:db8::7", "172.32.0.1", "100.128.0.1"])
def test_a_broker_far_away_needs_its_address(host: str) -> None:
    said = drop_in(FILTER, host, needed(host, [ip_address(host)], [SERVER]), "")
    lines = [line for line in said.splitlines() if not line.startswith("#")]
    assert lines == ["[Service]", f"IPAddressAllow={host}"]


def test_a_name_needs_all_its_addresses_and_its_name_server() -> None:
    host = "broker.example.org"
    asked = needed(host, [ip_address("2001:db8::7"), FAR, NEAR], [NEAR, SERVER])
    said = drop_in(FILTER, host, asked, "")
    assert said.endswith("\nIPAddressAllow=2001:db8::7 203.0.113.7 192.0.2.53\n")
    # The resolver is away for a while: what was found out stays, but not for another broker.
    assert drop_in(FILTER, host, needed(host, [], [SERVER]), said) == said
    assert drop_in(FILTER, "another.example.org", [], said) == ""


def test_no_name_server_tells_who_this_machine_is() -> None:
    assert needed("localhost", [ip_address("127.0.0.1")], [SERVER]) == [ip_address("127.0.0.1")]


def test_the_unit_denies_what_it_does_not_allow() -> None:
    assert list(FILTER.deny) == networks("any")


def test_it_reads_the_broker_of_the_config(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config, there = tmp_path / "edgepose.yaml", tmp_path / "broker-address.conf"
    config.write_text("mqtt: {host: 203.0.113.7}\n")
    assert main(str(UNIT), str(config), str(there)) == 0
    assert "IPAddressAllow=203.0.113.7\n" in capsys.readouterr().out
    config.write_text("mqtt: {hots: 203.0.113.7}\n")
    assert main(str(UNIT), str(config), str(there)) == 78
    assert "mqtt.hots" in capsys.readouterr().err
