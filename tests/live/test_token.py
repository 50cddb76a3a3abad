"""The token: made, kept, read, compared, and shown to nobody."""

import os
from pathlib import Path

import pytest

from edgepose.errors import UserError
from edgepose.live.token import LEAST, Token, folder_of, make, own, place, read, read_text
from edgepose.reload.announce import report
from edgepose.reload.candidate import Refused, build
from edgepose.reload.outcome import Outcome
from tests.live.opened import names_in

WORD = "correct horse battery"
STARTED = Outcome("start", "accepted", (), (), 0)


def test_only_the_same_word_is_the_token() -> None:
    token = Token(WORD)
    assert token.is_(WORD)
    assert not any(token.is_(each) for each in ("", WORD[:-1], f"{WORD} ", "é" * 21, "\ud800"))
    assert token.is_kept(token.value)
    assert not any(token.is_kept(each) for each in ("", WORD, token.value[:-1], "é"))


def test_what_a_browser_keeps_tells_nothing_of_it() -> None:
    one, other = Token(WORD), Token(f"{WORD}!")
    assert one.value != other.value
    # So that two devices behind one tunnel do not take each other's away.
    assert one.cookie != other.cookie
    assert one.cookie[-8:] not in one.value
    assert WORD not in one.cookie + one.value + repr(one)


def test_it_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = own(tmp_path)
    before = file.read_text()
    assert own(tmp_path).read_text() == before
    # Left over from a power cut, readable for everybody.
    (tmp_path / "live-token.new").write_text("half")
    after = make(tmp_path).read_text()
    assert (len(after), after != before, names_in(tmp_path)) == (33, True, ["live-token"])

    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left on device"):
        make(tmp_path)
    assert (file.read_text(), names_in(tmp_path)) == (after, ["live-token"])


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "is not of 16 to 256"),
        (b"\nmuch too late, in line two", "is not of 16 to 256"),
        (b"x" * (LEAST - 1), "is not of 16 to 256"),
        (b"x" * 257, "is not of 16 to 256"),
        ("größer als sechzehn".encode(), "is not of 16 to 256"),
        (b"a tab\tis not printable", "is not of 16 to 256"),
    ],
)
def test_a_file_that_holds_no_token(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "word"
    file.write_bytes(content)
    with pytest.raises(UserError, match=why) as error:
        read(file)
    assert str(error.value).startswith("live.token_file: ")
    assert not [line for line in content.splitlines() if line and line.decode() in str(error.value)]


def test_a_file_that_is_none(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="No such file") as error:
        read(tmp_path / WORD)
    # It may be the token itself, written there by mistake.
    assert WORD not in str(error.value)
    with pytest.raises(UserError, match="is no file"):
        read(tmp_path)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="is no file"):
        read(tmp_path / "pipe")


def test_spaces_around_it_and_what_follows_do_not_count(tmp_path: Path) -> None:
    file = tmp_path / "word"
    file.write_bytes(f"  {WORD} \r\nsecond line\n".encode())
    assert read_text(file) == WORD


def test_where_it_lies(monkeypatch: pytest.MonkeyPatch) -> None:
    assert place(folder_of(Path("/var/lib/edgepose"))) == Path("/var/lib/edgepose/live-token")
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    assert folder_of(None) == Path("/somewhere/edgepose")
    # The specification: what is not absolute does not count.
    monkeypatch.setenv("XDG_STATE_HOME", "somewhere")
    monkeypatch.setenv("HOME", "/house/jo")
    assert folder_of(None) == Path("/house/jo/.local/state/edgepose")


@pytest.mark.usefixtures("model_full")
def test_a_config_whose_token_cannot_be_read_is_refused_at_its_line(tmp_path: Path) -> None:
    text = f"live:\n  enabled: true\n  token_file: {WORD}\n".encode()
    with pytest.raises(Refused) as error:
        build(tmp_path / "edgepose.yaml", text)
    (problem,) = error.value.problems
    assert (problem.line, problem.key) == (3, "live.token_file")
    assert "No such file" in problem.message
    assert WORD not in str(error.value)
    (tmp_path / WORD).write_text(f"{WORD}\n")
    candidate = build(tmp_path / "edgepose.yaml", text)
    assert candidate.live is not None
    assert WORD not in repr(report(STARTED, candidate, None, {}).config)
    # Where none is needed nobody looks.
    off = build(tmp_path / "edgepose.yaml", b"live:\n  token_file: nowhere\n")
    assert off.live is None
