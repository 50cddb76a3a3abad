"""Every key against values of every wrong kind: told in our words, never in pydantic's."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError

# As they stand in a file.
# fmt: off
VALUES = [
    "null", "~", "", "true", "off", "0", "-1", "5", "1.5", "1e400", "1.0e+400", ".nan", ".inf",
    "010", "0x10", "1:30", "1_000", "9" * 20, "9" * 400, "9" * 5000, '""', '"5"', "'true'",
    "word", "two words", "a/+", "/a", "a/", "a//b", "$a", "a#b", "mqtt://a", "a:1", "a@b",
    "2026-11-22", r'"\ud800"', r'"\0"', "x" * 5000, "[]", "[a]", "[a, a]", "[json, json]",
    "[json, off]", "[640]", "[640, 480, 1]", "[640, null]", '[640, "480"]', "[1, 9999]",
    "[true, 480]", "[[640, 480], 1]", "[640.0, 480]", "{}", "{a: b}", "[{}]",
]
# fmt: on

PYDANTIC = re.compile(
    r"Input should|should (be|have|match)|Value error|[Ee]xtra inputs|Field required|valid \w+"
    r"|pydantic|https?://|input_value|type=|Tuple",
)


def outcome(path: Path, text: str) -> Config | ConfigError:
    path.write_text(text, encoding="utf-8")
    try:
        return load(path)
    except ConfigError as error:
        return error


@pytest.mark.parametrize("key", keys(), ids=lambda each: each.name)
def test_a_wrong_value_is_told_in_plain_words(tmp_path: Path, key: Key) -> None:
    refused = 0
    for value in VALUES:
        section, name = key.path
        result = outcome(tmp_path / "c", f"{section}:\n  {name}: {value}\n")
        if isinstance(result, Config):
            continue
        refused += 1
        # Every rule that it breaks is told.
        for problem in result.problems:
            assert problem.line == 2
            # Nothing stands right behind the colon, anything else a space further.
            assert problem.column is not None
            assert problem.column >= len(name) + (5 if value else 4)
            assert problem.key == key.name
            assert not PYDANTIC.search(problem.message), problem
            rule = re.search("is not set|(username|certfile) is not|tls is", problem.message)
            assert rule or problem.message.endswith(f", allowed {key.allowed}"), problem
    assert refused > len(VALUES) / 3


@pytest.mark.parametrize("key", keys(), ids=lambda each: each.name)
def test_what_pydantic_says_of_a_value_is_never_repeated(tmp_path: Path, key: Key) -> None:
    section, name = key.path
    for value in VALUES:
        text = f"{section}:\n  {name}: {value}\n"
        result = outcome(tmp_path / "c", text)
        try:
            Config.model_validate(plain(text))
        except ValidationError as error:
            for each in error.errors():
                assert each["msg"] not in str(result)


def plain(text: str) -> Any:
    try:
        return yaml.safe_load(text)
    except (ValueError, yaml.YAMLError):
        return {}


SAID = {
    "camera: {rate: -1}": "-1 is too small, allowed 0 to 120 frames/s",
    "camera: {rate: true}": "true is not a number, allowed 0 to 120 frames/s",
    "camera: {rate: fast}": '"fast" is not a number, allowed 0 to 120 frames/s',
    "camera: {rate: .nan}": ".nan is no finite number (write it in plain decimals), "
    "allowed 0 to 120 frames/s",
    "camera: {rate: }": "nothing is given here, allowed 0 to 120 frames/s",
    "camera: {rate: {}}": "a section of keys is not a number, allowed 0 to 120 frames/s",
    "camera: {rotation: 45}": "45 is not allowed, allowed 0, 90, 180 or 270 degrees",
    "camera: {rotation: 90.0}": "90.0 is not a whole number, allowed 0, 90, 180 or 270 degrees",
    "camera: {mirror: 1}": "1 is not true or false, allowed true or false",
    "camera: {source: off}": "off means false in YAML, allowed picamera2, actor or uri",
    "camera: {size: 640}": "640 is not a list (one is written [640, 480]), "
    "allowed a list of 2 values, each 64 to 4096 pixels",
    "camera: {size: [640]}": "[640] has too few entries, "
    "allowed a list of 2 values, each 64 to 4096 pixels",
    "camera: {size: [640, 5000]}": "5000 is too large, "
    "allowed a list of 2 values, each 64 to 4096 pixels",
    "detection: {num_poses: 1.5}": "1.5 is not a whole number, allowed 1 to 10",
    "detection: {model: small}": '"small" is neither a model\'s name nor a path ending in .task, '
    "allowed auto, lite, full, heavy or a path ending in .task",
    "device: {id: 2026-11-22}": '2026-11-22 is a date in YAML (as text, write "2026-11-22"), '
    "allowed null or 1 to 64 of the characters A-Z a-z 0-9 _ -",
    "device: {id: a/b}": '"a/b" is not allowed, '
    "allowed null or 1 to 64 of the characters A-Z a-z 0-9 _ -",
    "device: {name: ''}": '"" is too short, allowed null or 1 to 64 characters of text',
    "messages: {formats: []}": "[] has too few entries, allowed a list of json, packed or both",
    "messages: {formats: json}": '"json" is not a list (one is written [packed]), '
    "allowed a list of json, packed or both",
    "messages: {formats: [json, xml]}": '"xml" is not allowed, '
    "allowed a list of json, packed or both",
    "messages: {formats: [json, json]}": '["json", "json"] names json twice, '
    "allowed a list of json, packed or both",
    "mqtt: {port: 0}": "0 is too small, allowed 1 to 65535",
    "mqtt: {port: 01750}": "01750 is the octal number 1000 in YAML "
    "(write it in plain decimals), allowed 1 to 65535",
    "mqtt: {version: 3.1}": "3.1 is not allowed, allowed auto, 5 or 3.1.1",
}


@pytest.mark.parametrize(("text", "said"), SAID.items())
def test_the_sentence_says_what_is_wrong_and_what_is_allowed(
    tmp_path: Path, text: str, said: str
) -> None:
    result = outcome(tmp_path / "c", text)
    assert isinstance(result, ConfigError)
    assert [problem.message for problem in result.problems] == [said]


TOPICS = {
    "a/+/b": "holds a wildcard",
    "'a/#'": "holds a wildcard",
    "$SYS/a": "starts with $",
    "/a": "starts or ends with a slash",
    "a/": "starts or ends with a slash",
    "a//b": "has an empty level",
    "''": "is too short",
    r'"a\0b"': "holds a control character",
    r'"\ud800"': "is not allowed",
}


@pytest.mark.parametrize(("base", "said"), TOPICS.items())
def test_a_base_that_makes_no_good_topic_is_refused(tmp_path: Path, base: str, said: str) -> None:
    result = outcome(tmp_path / "c", f"mqtt: {{base: {base}}}")
    assert isinstance(result, ConfigError)
    assert said in str(result)


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("mqtt://a", "more than a host"),
        ("u@a", "more than a host"),
        ("a:1883", "a key of its own"),
        ("a b", "a space"),
    ],
)
def test_a_host_is_a_host_and_no_more(tmp_path: Path, host: str, said: str) -> None:
    result = outcome(tmp_path / "c", f'mqtt: {{host: "{host}"}}')
    assert isinstance(result, ConfigError)
    assert said in str(result)


@pytest.mark.parametrize("value", ["12345678", "[hunter2]", '"hunter2\\e"', "{hunter2: 1}", "yes"])
def test_what_stands_where_the_password_s_file_belongs_is_not_printed(
    tmp_path: Path, value: str
) -> None:
    result = outcome(tmp_path / "c", f"mqtt: {{username: u, password_file: {value}}}")
    assert isinstance(result, ConfigError)
    assert ": the value " in str(result)
    assert not re.search("hunter2|1234|yes", str(result))
