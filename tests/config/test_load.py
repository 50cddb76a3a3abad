"""A file becomes a Config, or every problem in it at its line and column."""

from pathlib import Path

import pytest

from edgepose.config.load import load, parse
from edgepose.config.model import Camera, Config, Device, Messages, Mqtt
from edgepose.config.problem import ConfigError
from edgepose.errors import EX_CONFIG


def written(folder: Path, text: str) -> Path:
    path = folder / "edgepose.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def told(folder: Path, text: str) -> list[str]:
    """The lines that a person sees, without the folder."""
    with pytest.raises(ConfigError) as caught:
        load(written(folder, text))
    assert caught.value.exit_code == EX_CONFIG
    return str(caught.value).replace(f"{folder}/edgepose.yaml:", "").splitlines()


GOOD = {
    "no key at all": ("{}", Config()),
    "sections without keys": ("camera:\nmqtt: ~\ndevice: {}\n", Config()),
    "a byte order mark": ("\ufeffmqtt: {port: 1884}", Config(mqtt=Mqtt(port=1884))),
    "whole numbers for decimals": ("camera: {rate: 5}", Config(camera=Camera(rate=5))),
    "a rate of nothing": ("camera: {rate: 0}", Config(camera=Camera(rate=0))),
    "yes for true": ("camera: {mirror: yes}", Config(camera=Camera(mirror=True))),
    "quoted words": ('device: {id: "off"}', Config(device=Device(id="off"))),
    "an equals sign": ("device: {name: =}", Config(device=Device(name="="))),
    "quoted numbers": ("device: {id: '12'}", Config(device=Device(id="12"))),
    "letters of all kinds": (
        "device: {name: Küche 👩‍🦰}",
        Config(device=Device(name="Küche 👩‍🦰")),
    ),
    "MQTT 5 as a number": ("mqtt: {version: 5}", Config(mqtt=Mqtt(version="5"))),
    "MQTT 5.0 as a number": ("mqtt: {version: 5.0}", Config(mqtt=Mqtt(version="5"))),
    "MQTT 5.0 as text": ("mqtt: {version: '5.0'}", Config(mqtt=Mqtt(version="5"))),
    "MQTT 3.1.1": ("mqtt: {version: 3.1.1}", Config(mqtt=Mqtt(version="3.1.1"))),
    "an IPv6 address": ("mqtt: {host: '::1'}", Config(mqtt=Mqtt(host="::1"))),
    "levels in the base": ("mqtt: {base: a/b c/d}", Config(mqtt=Mqtt(base="a/b c/d"))),
    "one format": ("messages: {formats: [packed]}", Config(messages=Messages(formats=("packed",)))),
    "a block list": (
        "camera:\n  size:\n  - 64\n  - 4096\n",
        Config(camera=Camera(size=(64, 4096))),
    ),
    "a film": (
        "camera: {source: uri, uri: a.mp4}",
        Config(camera=Camera(source="uri", uri="a.mp4")),
    ),
    "an alias": ("camera: {rate: &n 7}\nhealth: {interval: *n}", None),
}


@pytest.mark.parametrize(("text", "config"), GOOD.values(), ids=GOOD)
def test_a_good_file_is_read(tmp_path: Path, text: str, config: Config | None) -> None:
    got = load(written(tmp_path, text))
    if config is None:
        assert (got.camera.rate, got.health.interval) == (7, 7)
    else:
        assert got == config


def test_all_problems_are_told_in_one_run_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = """\
device:
  id: 12
  name: off
camera:
  rate: 500
  ratte: 3
  rate: "30"
  source: uri
mqtt: 5
camera: {mirror: on, loop: "yes", rotation: false}
"""
    assert told(tmp_path, text) == [
        '2:7: device.id: 12 is a number in YAML (as text, write "12"), '
        "allowed null or 1 to 64 of the characters A-Z a-z 0-9 _ -",
        '3:9: device.name: off means false in YAML (as text, write "off"), '
        "allowed null or 1 to 64 characters of text",
        "5:9: camera.rate: 500 is too large, allowed 0 to 120 frames/s",
        "6:3: camera.ratte: unknown key, did you mean rate?",
        "7:3: camera.rate: stands twice, on line 5 and on line 7; keep one",
        '7:9: camera.rate: "30" is not a number (what stands in quotes is text), '
        "allowed 0 to 120 frames/s",
        "8:11: camera.source: is uri, but camera.uri is not set: "
        "give it the address of a network camera, or the path of a film or of a folder of pictures",
        "9:7: mqtt: a section is wanted here: lines of `key: value`, a space after the colon",
        "10:1: camera: stands twice, on line 4 and on line 10; keep one",
        '10:28: camera.loop: "yes" is not true or false (what stands in quotes is text), '
        "allowed true or false",
        "10:45: camera.rotation: false is not a whole number, allowed 0, 90, 180 or 270 degrees",
    ]


def test_a_problem_can_be_taken_apart(tmp_path: Path) -> None:
    path = written(tmp_path, "camera:\n  ratte: 3\n  rate: 121\nport: 1\n")
    with pytest.raises(ConfigError) as caught:
        load(path)
    taken = [(p.line, p.column, p.key, p.nearest) for p in caught.value.problems]
    assert taken == [
        (2, 3, "camera.ratte", "rate"),
        (3, 9, "camera.rate", None),
        (4, 1, "port", "mqtt.port"),
    ]
    assert {problem.file for problem in caught.value.problems} == {str(path)}


def test_bytes_are_checked_like_the_file_that_they_come_from(tmp_path: Path) -> None:
    path = written(tmp_path, "camera: {rate: 500}\n")
    with pytest.raises(ConfigError) as of_file:
        load(path)
    with pytest.raises(ConfigError) as of_bytes:
        parse(path.read_bytes(), path)
    assert of_bytes.value.problems == of_file.value.problems
    assert parse(b"camera: {rate: 5}", tmp_path / "none") == Config(camera=Camera(rate=5))


UNKNOWN = {
    "camera: {zzz: 1}": "camera.zzz: unknown key, allowed here: "
    "source, camera, scene, uri, loop, size, rate, idle_rate, field_of_view, rotation, controls,"
    " mask, mirror",
    "zzz: 1": "zzz: unknown key, allowed here: "
    "device, camera, detection, messages, mqtt, presence, home_assistant, commands, live, "
    "snapshot, health, reload",
    "camra: {}": "camra: unknown key, did you mean camera?",
    "camera: {RATE: 1}": "camera.RATE: unknown key, did you mean rate?",
    "mqtt: {password-file: x}": "mqtt.password-file: unknown key, did you mean password_file?",
    "mqtt: {password: x}": "mqtt.password: unknown key, did you mean password_file?",
    "rate: 1": "rate: unknown key here, rate belongs in camera",
    "camera.rate: 1": "camera.rate: unknown key here, rate belongs in camera",
    "camera: {port: 1}": "camera.port: unknown key here, port belongs in mqtt or live",
    "camera: {num_pose: 1}": "camera.num_pose: unknown key, did you mean detection.num_poses?",
    "camera: {mqtt: 1}": "camera.mqtt: unknown key here, "
    "mqtt stands at the top of the file, without indentation",
    "camera: {5: 1}": "camera.5: unknown key, allowed here: "
    "source, camera, scene, uri, loop, size, rate, idle_rate, field_of_view, rotation, controls,"
    " mask, mirror",
    "camera: {[a]: 1}": "camera: a key must be a word, not a list or a section",
    "camera: {<<: {rate: 1}}": "camera: merging with << is not read here; write the keys out",
}


@pytest.mark.parametrize(("text", "expected"), UNKNOWN.items())
def test_an_unknown_key_names_the_nearest_known(tmp_path: Path, text: str, expected: str) -> None:
    assert [line.split(": ", 1)[1] for line in told(tmp_path, text)] == [expected]


def test_a_key_that_stands_three_times_is_told_twice(tmp_path: Path) -> None:
    lines = told(tmp_path, "mqtt:\n  port: 1\n  port: 2\n  port: 3\n")
    assert lines == [
        "3:3: mqtt.port: stands twice, on line 2 and on line 3; keep one",
        "4:3: mqtt.port: stands twice, on line 2 and on line 4; keep one",
    ]


def test_a_password_needs_a_name(tmp_path: Path) -> None:
    assert told(tmp_path, "mqtt:\n  password_file: /run/secret\n") == [
        "2:18: mqtt.password_file: is set, but mqtt.username is not: "
        "a broker takes a password only with a name"
    ]


def test_a_rule_is_silent_where_one_of_its_keys_is_wrong_already(tmp_path: Path) -> None:
    assert told(tmp_path, "camera:\n  source: uri\n  uri: [a]\n") == [
        "3:8: camera.uri: the value is no text: a leading [ needs quotes, allowed null or a path or"
        " the address of an rtsp, rtsps, http or https stream"
    ]


def test_two_broken_rules_are_both_told(tmp_path: Path) -> None:
    text = "camera: {source: uri}\nmqtt: {password_file: x, port: 0}\n"
    assert [line.split(": ")[1] for line in told(tmp_path, text)] == [
        "camera.source",
        "mqtt.password_file",
        "mqtt.port",
    ]


def test_one_problem_is_one_line_whatever_the_file_holds(tmp_path: Path) -> None:
    text = 'device: {name: "a\\nb\\e[31m"}\n"x\\ny": 1\n? ' + "z" * 2000 + "\n: 1\n"
    lines = told(tmp_path, text)
    assert len(lines) == 3
    assert all(line.isprintable() and len(line) < 200 for line in lines)
