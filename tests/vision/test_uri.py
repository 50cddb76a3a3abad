"""What a `uri` may name; everything else is refused in one line."""

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE, UserError
from edgepose.vision.sources import Source
from edgepose.vision.sources.uri import open_uri
from tests.vision.painted import SIZE, NeverWaits, encoded, make_film, number_in, painted


def opened(uri: str | Path) -> Source:
    return open_uri(str(uri), SIZE, 0, False)


def numbers(uri: str | Path) -> list[int]:
    return [number_in(frame.image) for frame in opened(uri).frames(NeverWaits())]


def refusal(uri: str | Path) -> UserError:
    with pytest.raises(UserError) as caught:
        opened(uri)
    assert "\n" not in str(caught.value)
    return caught.value


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return make_film(tmp_path / "film.avi", 3)


def test_a_path_may_be_relative(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(film.parent)
    assert numbers("film.avi") == [0, 1, 2]


def test_a_file_may_be_named_by_its_address(film: Path) -> None:
    film.rename(film.with_name("my film.avi"))
    for start in ("file:", "file://", "file://localhost"):
        assert numbers(f"{start}{film.parent}/my%20film.avi") == [0, 1, 2]


def test_a_file_may_look_like_an_address(film: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(film.parent)
    film.rename("http:film.avi")
    assert numbers("http:film.avi") == [0, 1, 2]


@pytest.mark.parametrize("suffix", [".avi", ".png"])
def test_a_file_s_name_need_not_be_text(tmp_path: Path, suffix: str) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9" + os.fsencode(suffix)))
    made = make_film(tmp_path / "film.avi", 1)
    path.write_bytes(made.read_bytes() if suffix == ".avi" else encoded(painted(0), ".png"))
    assert numbers(path) == [0]


@pytest.mark.parametrize(
    ("uri", "scheme"),
    [
        ("rtsp://jo:secret@camera.lan/1", "rtsp"),
        ("HTTP://camera.lan/film.avi", "HTTP"),
        ("https://camera.lan/", "https"),
        ("udp://@239.0.0.1:1234", "udp"),
        ("jo:secret@camera.lan", "jo"),
        ("file://nas/film.avi", "file"),
    ],
)
def test_no_network_is_touched_and_no_password_printed(uri: str, scheme: str) -> None:
    error = refusal(uri)
    assert str(error).startswith(f"{scheme}: nothing is read from there; allowed is ")
    assert "secret" not in str(error)
    assert error.exit_code == EX_CONFIG


@pytest.mark.parametrize("uri", ["missing.avi", "missing/film.avi", "file:///missing.avi", "0"])
def test_a_missing_file_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, uri: str) -> None:
    monkeypatch.chdir(tmp_path)
    error = refusal(uri)
    assert str(error) == (
        f"{uri}: no such file or folder; allowed is a film, a picture "
        "(.jpg .jpeg .png .bmp .webp) or a folder of pictures"
    )
    assert error.exit_code == EX_UNAVAILABLE


def test_an_empty_uri_is_not_the_folder_we_are_in() -> None:
    assert str(refusal("")).startswith("the source `uri` is empty; allowed is a film, ")


def test_what_lies_behind_a_file_is_missing(film: Path) -> None:
    assert "no such file or folder" in str(refusal(film / "1.png"))


def test_a_name_that_no_file_can_have_is_told(tmp_path: Path) -> None:
    assert "embedded null" in str(refusal(f"{tmp_path}/a\0.avi"))
    (tmp_path / "round").symlink_to("round")
    assert "cannot be read: Too many levels" in str(refusal(tmp_path / "round"))


def test_what_is_neither_file_nor_folder_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.avi")
    assert "neither a file nor a folder; allowed is" in str(refusal(tmp_path / "pipe.avi"))


@pytest.fixture
def locked(film: Path) -> Iterator[Path]:
    """A folder that holds a film, a picture and a folder, all of them closed to us."""
    (film.parent / "1.png").touch()
    (film.parent / "inner").mkdir()
    for path in film.parent.iterdir():
        path.chmod(0)
    user = os.geteuid()
    if user == 0:
        # Root may read everything: be nobody for a while.
        os.seteuid(65534)
    yield film.parent
    os.seteuid(user)


@pytest.mark.parametrize("name", ["film.avi", "1.png", "inner"])
def test_a_closed_file_is_told(locked: Path, name: str) -> None:
    assert "cannot be read: Permission denied" in str(refusal(locked / name))


NO_FILMS = {
    "text.avi": b"This is not a film.\n" * 50,
    # ffmpeg would draw these as films: a text on a screen, one picture.
    "text.txt": b"This is not a film.\n" * 50,
    "colours.ans": b"\x1b[31mThis is not a film.\x1b[0m\n" * 50,
    "picture.mp4": encoded(painted(0), ".jpg"),
    "empty.mp4": b"",
    "zeros.mkv": bytes(5000),
}


@pytest.mark.parametrize("name", NO_FILMS)
def test_a_file_that_is_no_film_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    path = tmp_path / name
    path.write_bytes(NO_FILMS[name])
    assert str(refusal(path)) == (
        f"{path}: no film that can be played was found in this file of {len(NO_FILMS[name])} "
        "bytes: it is something else, or broken, or cut short; allowed are films such as "
        "avi, mp4, mkv, webm"
    )
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("name", "code", "length"), [("a.avi", "MJPG", 300), ("b.mp4", "mp4v", 2000)]
)
def test_a_film_without_its_header_is_told(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], name: str, code: str, length: int
) -> None:
    path = make_film(tmp_path / name, 20, code=code)
    path.write_bytes(path.read_bytes()[:length])
    assert f"no film that can be played was found in this file of {length}" in str(refusal(path))
    assert capfd.readouterr() == ("", "")


PLAYLISTS = {
    "list.m3u8": "#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2.0,\n{there}\n#EXT-X-ENDLIST\n",
    "list.ffconcat": "ffconcat version 1.0\nfile {there}\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_a_playlist_is_not_followed(tmp_path: Path, film: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/film.ts"
        for there in (address, film.name):
            (tmp_path / name).write_text(PLAYLISTS[name].format(there=there))
            assert "no film that can be played" in str(refusal(tmp_path / name))
        with pytest.raises(BlockingIOError):
            server.accept()
