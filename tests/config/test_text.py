"""Files that cannot even be read as text."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from edgepose.config.load import load
from edgepose.config.problem import ConfigError
from edgepose.config.text import MAX_BYTES
from edgepose.errors import EX_CONFIG


def told(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        load(path)
    assert caught.value.exit_code == EX_CONFIG
    assert len(caught.value.problems) == 1
    return str(caught.value).removeprefix(str(path))


def test_a_missing_file(tmp_path: Path) -> None:
    assert told(tmp_path / "c") == ": does not exist; copy the default file there"


def test_a_directory(tmp_path: Path) -> None:
    assert told(tmp_path) == ": is a directory; give the file in it"


def test_a_path_through_a_file(tmp_path: Path) -> None:
    (tmp_path / "c").write_text("{}")
    assert told(tmp_path / "c" / "d") == ": cannot be read: Not a directory"


@contextmanager
def nobody() -> Iterator[None]:
    """Give up root's right to read everything, if we have it."""
    was = os.geteuid()
    if was == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(was)


def test_a_file_that_this_user_may_not_read(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_text("{}")
    path.chmod(0)
    with nobody():
        assert told(path) == ": may not be read by this user; see its permissions"


CONTENTS = {
    b"": ": is empty; write {} to take every default, or copy the default file",
    b" \n\n": ": is empty; write {} to take every default, or copy the default file",
    b"\xef\xbb\xbf": ": is empty; write {} to take every default, or copy the default file",
    b"\xef\xbb\xbf\xfc": ":1:1: byte 0xfc is not UTF-8; save the file as UTF-8 text",
    b"# a\n": ": holds no key; write {} to take every default, or copy the default file",
    b"---\n": ": holds no key; write {} to take every default, or copy the default file",
    b"null\n": ": holds no key; write {} to take every default, or copy the default file",
    b"\xff\xfe{\x00}\x00": ": is UTF-16; save it as UTF-8",
    b"device:\n  name: K\xfcche": ":2:10: byte 0xfc is not UTF-8; save the file as UTF-8 text",
    b"\x7fELF\x02\x01\x01\x00": ":1:1: the control character 0x7f is not text; take it out",
    b"\x89PNG\r\n": ":1:1: byte 0x89 is not UTF-8; save the file as UTF-8 text",
    b"\xef\xbb\xbfcamera: {rat: 1}": ":1:10: camera.rat: unknown key, did you mean rate?",
    b"#" * (MAX_BYTES + 1): ": is larger than 64 KiB, too large for a configuration",
}


@pytest.mark.parametrize(("data", "expected"), CONTENTS.items(), ids=range(len(CONTENTS)))
def test_contents_that_are_no_configuration(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "c"
    path.write_bytes(data)
    assert told(path) == expected


def test_an_endless_file_is_not_read_to_its_end() -> None:
    assert told(Path("/dev/zero")) == ": is larger than 64 KiB, too large for a configuration"
