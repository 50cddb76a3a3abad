"""What YAML itself trips over, told at its place and without YAML's own vocabulary."""

from pathlib import Path

import pytest

from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.problem import ConfigError
from edgepose.config.tree import MAX_DEPTH, MAX_NODES


def told(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert len(caught.value.problems) == 1
    return str(caught.value).removeprefix(f"{path}:")


TRIPS = {
    "camera:\n\trate: 30": "2:1: a tab stands here; YAML takes spaces only",
    "camera:\n  rate: 30\n\tloop: true": "3:1: a tab stands here; YAML takes spaces only",
    "camera:\n  rate:\t30": "2:8: a tab stands here; YAML takes spaces only",
    "camera:\n  rate: 30\n   loop: true": "3:4: this line is indented differently "
    "from the one above it",
    "camera:\n  rate 30\n  loop: true": "2:3: this line has no `: ` after its key",
    "camera:\n  rate 30\n\n  loop: true": "2:3: this line has no `: ` after its key",
    "camera\n  rate: 30": "1:1: this line has no `: ` after its key",
    "camera:\n  rate:30\n  loop: true": "2:3: a space is missing behind the colon of `rate:`",
    "camera:\n  loop: true\n  rate:30\n": "3:3: a space is missing behind the colon of `rate:`",
    "messages:\n  formats:\n  -json": "3:3: a space is missing behind the - of the list entry",
    "device:\n  name: Room: A": "2:13: a second `: ` does not fit on this line: "
    "put the text in quotes",
    "device:\n  name: Room:": "2:13: a second `: ` does not fit on this line: "
    "put the text in quotes",
    "camera:\n    rate: 30\n  loop: no": "3:3: this line is indented differently from its section",
    "camera:\n    rate: 30\n  - a": "3:3: this line is indented differently from its section",
    "camera:\n  rate: 30\nloop\n": "3:1: this line has no `: ` after its key",
    "camera:\n  rate:30": "2:3: camera: a space is missing behind the colon of `rate:`",
    "- a": "1:1: a section is wanted here, not a list: "
    "lines of `key: value` without a - before them",
    "word": "1:1: a section is wanted here: lines of `key: value`, a space after the colon",
    'device:\n  name: "a\n': "2:9: the quote that opens here is never closed",
    "device:\n  name: 'a\n---\n": "2:9: the quote that opens here is never closed",
    'device:\n  name: "a" b': "2:13: nothing more fits on this line: "
    "put the text in quotes, all of it",
    'device:\n  name: "C:\\q"': "2:13: a backslash in double quotes is an escape: "
    "use single quotes",
    'device:\n  name: "C:\\xyz"': "2:14: a backslash in double quotes is an escape: "
    "use single quotes",
    "device: {name: [a, b}": "1:16: the bracket that opens here is not closed, "
    "or a comma is missing in it",
    "device: {name: a\nmqtt: {}": "1:9: the bracket that opens here is not closed, "
    "or a comma is missing in it",
    "device: {name: ]": "1:16: a value is missing here",
    "device: ~\n- b": "2:1: a list entry does not fit here, where keys stand",
    "device: - a": "1:9: a list does not fit here: start it on its own line",
    "device:\n  name: *a": "2:9: a leading * has a meaning in YAML: put the text in quotes",
    "device:\n  name: **": "2:10: a leading * has a meaning in YAML: put the text in quotes",
    "device:\n  name: &": "2:10: a leading & has a meaning in YAML: put the text in quotes",
    "device:\n  name: !a!b c": "2:9: a leading ! has a meaning in YAML: put the text in quotes",
    "device:\n  name: @a": "2:9: a leading @ has a meaning in YAML: put the text in quotes",
    "device:\n  name: `a`": "2:9: a leading ` has a meaning in YAML: put the text in quotes",
    "device:\n  name: %a": "2:9: a leading % has a meaning in YAML: put the text in quotes",
    "device:\n  name: ? a": "2:9: a leading ? has a meaning in YAML: put the text in quotes",
    "device:\n  name: &a": "2:9: a leading & has a meaning in YAML that nothing here "
    "makes use of: put the text in quotes",
    "device:\n  name: &a b": "2:9: a leading & has a meaning in YAML that nothing here "
    "makes use of: put the text in quotes",
    "device:\n  name: !": "2:9: device.name: the tag ! is not read here: "
    "put text that begins with ! in quotes",
    "device:\n  name: ! a": "2:9: device.name: the tag ! is not read here: "
    "put text that begins with ! in quotes",
    "device:\n  name: |a": "2:10: a leading | or > has a meaning in YAML: put the text in quotes",
    "device:\n  name: !a b": "2:9: device.name: the tag !a is not read here: "
    "put text that begins with ! in quotes",
    "device: {!a name: b}": "1:10: device: the tag !a is not read here: "
    "put text that begins with ! in quotes",
    "device: !a {}": "1:9: device: the tag !a is not read here: "
    "put text that begins with ! in quotes",
    "device: !!python/object:os.system {}": "1:9: device: "
    "the tag !!python/object:os.system is not read here: put text that begins with ! in quotes",
    "messages: {formats: [!!binary eA==]}": "1:22: messages.formats: "
    "the tag !!binary is not read here: put text that begins with ! in quotes",
    "{}\n---\n{}": "2:1: a second document begins here; leave the line `---` out",
    "{}\ndevice: {}": "2:1: the first value has ended above; all must be one section of keys",
    "%YAML": "1:6: a line cannot begin with % in YAML",
    "device:\n  name: a\x07": "2:10: the control character 0x07 is not text; take it out",
    "[" * 40: f"1:{MAX_DEPTH}: is nested more than {MAX_DEPTH} levels deep",
    "a: &a [*a]": f"1:4: is nested more than {MAX_DEPTH} levels deep",
}


@pytest.mark.parametrize(("text", "expected"), TRIPS.items())
def test_a_trap_of_yaml_is_told_in_plain_words(tmp_path: Path, text: str, expected: str) -> None:
    assert told(tmp_path / "c", text) == expected


NUMBER = "allowed 0 to 120 frames/s"
TEXT = "allowed null or 1 to 64 characters of text"
VALUES = {
    "camera:\n  rate: 12:30": "rate: 12:30 is the number 750 in YAML, counted by sixties "
    f"(write it in plain decimals), {NUMBER}",
    "camera:\n  rate: 1:00.5": "rate: 1:00.5 is the number 60.5 in YAML, counted by sixties "
    f"(write it in plain decimals), {NUMBER}",
    "camera:\n  rate: 010": "rate: 010 is the octal number 8 in YAML "
    f"(write it in plain decimals), {NUMBER}",
    "camera:\n  rate: 0x1F": "rate: 0x1F is the hexadecimal number 31 in YAML "
    f"(write it in plain decimals), {NUMBER}",
    "camera:\n  rate: 1_0": f"rate: 1_0 is a number in YAML (write it in plain decimals), {NUMBER}",
    "camera:\n  rate: .inf": "rate: .inf is no finite number "
    f"(write it in plain decimals), {NUMBER}",
    "camera:\n  rate: 30 fps": f'rate: "30 fps" is not a number (write 30 alone), {NUMBER}',
    "camera:\n  rate: “30”": f'rate: "“30”" is not a number (write 30 alone), {NUMBER}',
    "camera:\n  rate: 30\xa0": f'rate: "30\\xa0" is not a number (write 30 alone), {NUMBER}',
    "camera:\n  rate: 0,5": f'rate: "0,5" is not a number (write 0.5), {NUMBER}',
    "camera:\n  rate: 2 or 3": f'rate: "2 or 3" is not a number, {NUMBER}',
    "camera:\n  rate: # 30": "rate: nothing is given here, for YAML takes what stands behind # "
    f"for a comment, {NUMBER}",
    "camera:\n  loop: 12:30": "loop: 12:30 is not true or false, allowed true or false",
    "camera:\n  size: 64x64": 'size: "64x64" is not a list (one is written [640, 480]), '
    "allowed a list of 2 values, each 64 to 4096 pixels",
    "camera:\n\xa0 rate: 1": "\\xa0 rate: holds a character that only looks like a space; "
    "type plain spaces instead",
    "device:\n  name: no": f'name: no means false in YAML (as text, write "no"), {TEXT}',
    "device:\n  name: 12:30": "name: 12:30 is the number 750 in YAML, counted by sixties "
    f'(as text, write "12:30"), {TEXT}',
    "device:\n  name: 2026-11-22": "name: 2026-11-22 is a date in YAML "
    f'(as text, write "2026-11-22"), {TEXT}',
    "device:\n  name: {{ room }}": "name: a section of keys is no text: "
    f"a leading {{ needs quotes, {TEXT}",
    "device:\n  name: [a]": f'name: ["a"] is no text: a leading [ needs quotes, {TEXT}',
    "device:\n  name:\n  - a": f'name: ["a"] is not text, {TEXT}',
    "device:\n  name: #1 room": "name: nothing is given here, for YAML takes what stands "
    "behind # for a comment: put text that begins with # in quotes, or write null",
    "device:\n  name: Room #1": "name: YAML takes what stands behind # for a comment: "
    "put the whole text in quotes, or a space behind the #",
    "mqtt:\n  username: a\n  password_file: 12:30": "password_file: the value is a number "
    "or a date in YAML (text that looks so needs quotes), allowed null or a path",
    "mqtt:\n  username: a\n  password_file: !pass": "password_file: "
    "text that begins with ! needs quotes",
}


@pytest.mark.parametrize(("text", "expected"), VALUES.items())
def test_what_yaml_makes_of_a_value_is_told(tmp_path: Path, text: str, expected: str) -> None:
    said = told(tmp_path / "c", text).split(": ", 1)[1]
    assert said.removeprefix("camera.").removeprefix("device.").removeprefix("mqtt.") == expected


def test_a_comment_in_a_value_s_place_is_one(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("device:\n  name: # as the id\n  id: ## none\n")
    assert load(path) == Config()


@pytest.mark.parametrize("value", ["Room # 1", "Room ## 1", "Room#1", "'Room #1' # 1", "Room #"])
def test_a_comment_behind_a_text_is_one(tmp_path: Path, value: str) -> None:
    path = tmp_path / "c"
    path.write_text(f"device:\n  name: {value}\ncamera:\n  rate: 15 #frames\n")
    name = load(path).device.name
    assert name in ("Room", "Room#1", "Room #1")


SECTIONS = {
    "camera:\n  rate: 500\nmqtt:\n  port: 0\n  host: [a\nhealth: {}\n": ["2:9", "5:9"],
    "camera:\n  rate: 500\n\n# the broker\nmqtt:\n\tport: 1\n": ["2:9", "6:1"],
    "camera: {rate: 500}\nmqtt: @a\n": ["1:16", "2:7"],
    "camera: {source: uri}\nmqtt: @a\n": ["1:18", "2:7"],
    "# nothing\nmqtt: @a\n": ["2:7"],
    'device: {name: "\nmqtt:\n  port: 0"}\nhealth: *a\n': ["4:9"],
}


@pytest.mark.parametrize(("text", "expected"), SECTIONS.items())
def test_a_syntax_error_hides_nothing_in_the_sections_above_it(
    tmp_path: Path, text: str, expected: list[str]
) -> None:
    path = tmp_path / "c"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert [f"{each.line}:{each.column}" for each in caught.value.problems] == expected


def test_windows_line_ends_do_not_move_the_place(tmp_path: Path) -> None:
    assert told(tmp_path / "c", "camera:\r\n  rate: 500\r\n").startswith("2:9: camera.rate: 500")


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 8)]
    said = told(tmp_path / "c", "\n".join(lines))
    assert said == f"1:1: holds more than {MAX_NODES} values, its aliases followed"
