"""What YAML itself trips over, told at its place and without YAML's own vocabulary."""

from pathlib import Path

import pytest

from edgepose.config.load import load
from edgepose.config.problem import ConfigError
from edgepose.config.tree import MAX_DEPTH, MAX_NODES


def told(path: Path, text: str) -> str:
    path.write_text(text, encoding="utf-8", newline="")
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert len(caught.value.problems) == 1
    return str(caught.value).removeprefix(f"{path}:")


TRIPS = {
    "camera:\n\trate: 30": "2:1: a tab stands here; YAML indents by spaces only",
    "camera:\n  rate: 30\n\tloop: true": "3:1: a tab stands here; YAML indents by spaces only",
    "camera:\n  rate: 30\n   loop: true": "3:8: a `:` does not fit here: the line above may lack "
    "its own, or this line's indentation is off; text with a colon in it needs quotes",
    "camera:\n  rate 30\n  loop: true": "3:7: a `:` does not fit here: the line above may lack "
    "its own, or this line's indentation is off; text with a colon in it needs quotes",
    "camera:\n    rate: 30\n  loop: no": "3:3: this line is indented differently from its section",
    "camera:\n    rate: 30\n  - a": "3:3: this line is indented differently from its section",
    "camera:\n  rate: 30\nloop\n": "3:1: this line has no `: ` after its key",
    "camera:\n  rate:30": "2:3: camera: a section is wanted here: "
    "lines of `key: value`, a space after the colon",
    "- a": "1:1: a section is wanted here: lines of `key: value`, a space after the colon",
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
    "device: a\n- b": "2:1: a list entry does not fit here, where keys stand",
    "device: - a": "1:9: a list does not fit here: start it on its own line",
    "device:\n  name: *a": "2:9: a leading * has a meaning in YAML: put the text in quotes",
    "device:\n  name: **": "2:10: a leading * has a meaning in YAML: put the text in quotes",
    "device:\n  name: &": "2:10: a leading & has a meaning in YAML: put the text in quotes",
    "device:\n  name: !a!b c": "2:9: a leading ! has a meaning in YAML: put the text in quotes",
    "device:\n  name: @a": "2:9: this character has a meaning in YAML: put the text in quotes",
    "device:\n  name: |a": "2:10: a leading | or > has a meaning in YAML: put the text in quotes",
    "device:\n  name: !a b": "2:9: device.name: the tag !a is not read here; leave it out",
    "device: {!a name: b}": "1:10: device: the tag !a is not read here; leave it out",
    "device: !a {}": "1:9: device: the tag !a is not read here; leave it out",
    "device: !!python/object:os.system {}": "1:9: device: "
    "the tag !!python/object:os.system is not read here; leave it out",
    "messages: {formats: [!!binary eA==]}": "1:22: messages.formats: "
    "the tag !!binary is not read here; leave it out",
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


def test_windows_line_ends_do_not_move_the_place(tmp_path: Path) -> None:
    assert told(tmp_path / "c", "camera:\r\n  rate: 500\r\n").startswith("2:9: camera.rate: 500")


def test_aliases_that_multiply_are_refused(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 8)]
    said = told(tmp_path / "c", "\n".join(lines))
    assert said == f"1:1: holds more than {MAX_NODES} values, its aliases followed"
