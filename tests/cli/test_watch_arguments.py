"""Where `edgepose watch` takes its broker from: options, a config file, or nothing at all."""

from pathlib import Path

import pytest

from edgepose import cli
from edgepose.cli import watch
from edgepose.errors import UserError
from edgepose.terminal.server import Server

CONFIG = """
mqtt:
  host: broker.lan
  port: 1884
  base: home/edgepose
  version: 3.1.1
  username: hallway
  password_file: secret
  tls: true
  cafile: /etc/ca.pem
"""


def server(*words: str) -> Server:
    parsed = cli.build_parser("watch").parse_args(["watch", *words])
    assert watch._does_not_fit(parsed) is None
    return watch._server(parsed)


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file that is looked for where none is named."""
    path = tmp_path / "edgepose.yaml"
    monkeypatch.setattr(watch, "CONFIG", path)
    return path


@pytest.mark.usefixtures("config")
def test_without_anything_it_is_this_machine() -> None:
    assert server() == Server(options=True)


def test_on_a_device_it_is_the_device_s_broker(config: Path) -> None:
    config.write_text(CONFIG)
    assert server() == Server(
        host="broker.lan",
        port=1884,
        base="home/edgepose",
        version="3.1.1",
        username="hallway",
        password_file=config.parent / "secret",
        tls=True,
        cafile=Path("/etc/ca.pem"),
    )


def test_options_come_before_the_file_and_a_name_brings_its_own_password(config: Path) -> None:
    config.write_text(CONFIG)
    found = server("--port", "1885", "--username", "me", "--base", "other")
    assert (found.host, found.port, found.base, found.tls) == ("broker.lan", 1885, "other", True)
    assert (found.username, found.password_file) == ("me", None)


def test_with_a_host_the_device_s_file_is_none_of_ours_but_one_that_is_named_is(
    config: Path,
) -> None:
    config.write_text(CONFIG)
    assert server("--host", "here.lan") == Server(host="here.lan", options=True)
    found = server("--host", "here.lan", "--config", str(config))
    assert (found.host, found.port, found.username) == ("here.lan", 1884, "hallway")


@pytest.mark.usefixtures("config")
def test_tls_has_its_own_port_and_what_belongs_to_it_means_it() -> None:
    assert server("--tls") == Server(port=8883, tls=True, options=True)
    found = server("--cafile", "ca.pem", "--port", "1883")
    assert found == Server(port=1883, tls=True, cafile=Path("ca.pem"), options=True)


def test_a_bad_file_is_told_with_its_line(config: Path) -> None:
    config.write_text("mqtt:\n  prot: 1\n")
    with pytest.raises(UserError, match=r"edgepose.yaml:2:3: mqtt.prot: unknown key"):
        server()
    with pytest.raises(UserError, match=r"none\.yaml: does not exist"):
        server("--config", "none.yaml")


def test_what_is_said_of_files_names_the_options_where_they_were_used() -> None:
    text = "mqtt.cafile must hold who vouches for it"
    assert Server(options=True).words(text) == "--cafile must hold who vouches for it"
    assert Server().words(text) == text
