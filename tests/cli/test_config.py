"""`edgepose config [FILE]`: what it prints can be read back, and tells no secret."""

import argparse
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.cli import CONFIG, config, main
from edgepose.config.device import identify
from edgepose.config.generate import default_file
from edgepose.config.keys import Key, keys
from edgepose.config.load import load, parse
from edgepose.config.model import Config, Device
from edgepose.config.plan import values
from edgepose.config.problem import ConfigError
from edgepose.errors import EX_CONFIG
from tests.config.beside import beside

HERE = Path("c.yaml")
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
TRICKY = st.sampled_from(
    ["off", "12:30", "null", "~", "#1", "a: b", "a #b", "*a", "&a", "!a", "%a", "@a", "`", "{a}",
     "[a]", "- a", "?", "'", '"', "|", ">", "=", "1e3", "0x1f", "010", "2026-11-22", "***", " a "]
)  # fmt: skip


def printed(config_file: Path, capsys: pytest.CaptureFixture[str]) -> str:
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    assert config.run(parser.parse_args([str(config_file)])) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def again(held: Config) -> Config:
    return parse("\n".join(config.effective(held)).encode(), HERE)


def test_what_is_set_is_a_value_and_what_is_not_a_comment(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("device: {id: hall}\ncamera: {rate: 15, loop: true}\n")
    lines = printed(path, capsys).splitlines()
    assert lines[0].startswith("# ")
    assert lines[1:8] == [
        "device:",
        "  id: hall",
        "  # name: null  # on this machine: hall",
        "camera:",
        "  # source: picamera2",
        "  # camera: 0",
        "  # scene: waving",
    ]
    assert "  rate: 15" in lines
    # It is set, though to its default.
    assert "  loop: true" in lines
    assert sum(1 for line in lines if line.startswith("  ")) == len(keys())


def test_what_the_machine_fills_in_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("device: {name: null}\n")
    found = identify(Device())
    assert printed(path, capsys).splitlines()[2:4] == [
        f"  # id: null  # on this machine: {found.id}",
        f"  name: null  # on this machine: {found.name}",
    ]


def test_a_secret_is_masked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "c"
    path.write_text(
        "camera: {uri: 'rtsp://pi:hunter2@cam/1'}\n"
        "mqtt: {username: hall, password_file: /run/pw-of-hall}\n"
    )
    out = printed(path, capsys)
    assert "hunter2" not in out
    assert "  uri: 'rtsp://***@cam/***'  # a secret, not shown" in out.splitlines()
    # What is in that file is one; its path is none to whoever reads this file.
    assert "  password_file: /run/pw-of-hall" in out.splitlines()
    path.write_text("mqtt: {username: hall}\n")
    assert "  # password_file: null" in printed(path, capsys).splitlines()


@pytest.mark.parametrize("text", ["{}", "camera:\n", default_file()])
def test_it_loads_back(text: str) -> None:
    held = parse(text.encode(), HERE)
    assert again(held) == held
    assert set_in(again(held)) == set_in(held)


def set_in(held: Config) -> set[str]:
    return {
        key.name
        for key in keys()
        if key.path[0] in held.model_fields_set
        and key.path[1] in getattr(held, key.path[0]).model_fields_set
    }


@pytest.mark.parametrize("key", keys(), ids=lambda key: key.name)
def test_every_key_comes_back(key: Key) -> None:
    section, name = key.path
    set_keys = {section: {name: key.example}}
    set_keys[section] |= beside(key.name)
    held = Config.model_validate(set_keys)
    back = values(again(held))[key.name]
    assert back == key.printed(values(held)[key.name])


@settings(max_examples=150, deadline=None, database=None, derandomize=True)
@given(TEXT | TRICKY, st.dictionaries(TEXT, TEXT | TRICKY | st.floats(-1e9, 1e9), max_size=3))
def test_whatever_text_is_in_it_comes_back(name: str, controls: dict[str, object]) -> None:
    data = yaml.safe_dump({"device": {"name": name}, "camera": {"controls": controls}})
    try:
        held = parse(data.encode(), HERE)
    except ConfigError:
        return
    assert again(held) == held


def test_a_bad_file_is_told_as_check_tells_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "c"
    path.write_text("camera:\n  rate: 500\n")
    assert main(["config", str(path)]) == EX_CONFIG
    out, err = capsys.readouterr()
    assert out == ""
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert err == f"{caught.value}\n"


def test_without_a_file_it_is_the_installed_one() -> None:
    parser = argparse.ArgumentParser()
    config.add_arguments(parser)
    assert parser.parse_args([]).file == CONFIG
