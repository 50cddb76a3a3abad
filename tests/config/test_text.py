"""Files that cannot even be read as text."""

import io
import os
import socket
from pathlib import Path

import pytest

from edgepose.config.load import load
from edgepose.config.problem import ConfigError
from edgepose.config.text import MAX_BYTES, quiet, read_bytes
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
    said = f": cannot be there, for {tmp_path}/c is a file and no directory"
    assert told(tmp_path / "c" / "d" / "e") == said


def test_a_directory_that_is_missing(tmp_path: Path) -> None:
    said = f": does not exist, nor does the directory {tmp_path}/a"
    assert told(tmp_path / "a" / "b" / "c") == said


def test_a_link_to_nothing(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.symlink_to("gone.yaml")
    said = "which does not exist; mend the link, or copy the default file there"
    assert told(path) == f": is a link to gone.yaml, {said}"


def test_a_link_that_leads_to_itself(tmp_path: Path) -> None:
    path, other = tmp_path / "c", tmp_path / "d"
    path.symlink_to(other)
    other.symlink_to(path)
    said = "is a link that leads back to itself; remove it and put the file there"
    assert told(path) == f": {said}"


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    assert told(tmp_path / ("c" * 300)) == ": cannot be read: File name too long"


def test_a_pipe_without_a_writer_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "c"
    os.mkfifo(path)
    assert told(path) == ": is a pipe, not a file"


def test_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        assert told(path) == ": is a socket, not a file"


def test_an_endless_device_is_not_read() -> None:
    assert told(Path("/dev/zero")) == ": is a device, not a file"


def test_a_file_larger_than_the_bound_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "c"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES)
        assert len(read_bytes(path)) == MAX_BYTES
        file.truncate(2**40)
    with pytest.raises(ConfigError, match="is larger than 64 KiB"):
        read_bytes(path)


class Written(io.FileIO):
    """A file that another program writes to while it is read, so many times."""

    left = 0

    def read(self, size: int | None = -1, /) -> bytes:
        at_start = self.tell() == 0
        data = super().read(size)
        if at_start and self.left:
            self.left -= 1
            with Path(str(self.name)).open("ab") as other:
                other.write(b"# more\n")
        return data or b""


@pytest.mark.parametrize("times", [0, 1, 3])
def test_a_file_that_is_written_meanwhile_is_read_anew(tmp_path: Path, times: int) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"{}\n")
    with Written(path) as file:
        file.left = times
        assert quiet(file) == path.read_bytes() == b"{}\n" + b"# more\n" * times


def test_a_file_that_is_always_written_is_given_up(tmp_path: Path) -> None:
    path = tmp_path / "c"
    path.write_bytes(b"{}\n")
    with Written(path) as file:
        file.left = 100
        assert quiet(file) is None


ZERO = "zero bytes stand here: the file is no text, or was lost in a power cut; write it anew"
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
    b"\x7fELF\x02\x01\x01\x00": f":1:8: {ZERO}",
    b"camera:\n" + bytes(512): f":2:1: {ZERO}",
    b"c\0a\0m\0": f":1:2: {ZERO}",
    b"camera: \x1b[0m": ":1:9: the control character 0x1b is not text; take it out",
    b"\x89PNG\r\n": ":1:1: byte 0x89 is not UTF-8; save the file as UTF-8 text",
    b"\xef\xbb\xbfcamera: {rat: 1}": ":1:10: camera.rat: unknown key, did you mean rate?",
    b"#" * (MAX_BYTES + 1): ": is larger than 64 KiB, too large for a configuration",
}


@pytest.mark.parametrize(("data", "expected"), CONTENTS.items(), ids=range(len(CONTENTS)))
def test_contents_that_are_no_configuration(tmp_path: Path, data: bytes, expected: str) -> None:
    path = tmp_path / "c"
    path.write_bytes(data)
    assert told(path) == expected
