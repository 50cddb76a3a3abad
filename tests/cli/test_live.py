"""`edgepose live`: how to open the page, or what to write to have one."""

import asyncio
import stat
from pathlib import Path

import pytest

from edgepose.cli import live, main
from edgepose.errors import EX_CONFIG, EX_UNAVAILABLE, EX_USAGE
from edgepose.live import token
from tests.live.opened import Opened
from tests.mqtt.drive import drive


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's state directory, and no service."""
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setattr(live, "STATE", tmp_path / "nowhere")
    return tmp_path / "state" / "edgepose"


def config(tmp_path: Path, text: str) -> str:
    file = tmp_path / "edgepose.yaml"
    file.write_text(text)
    return str(file)


def test_off_it_says_what_to_write(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config(tmp_path, "device: {id: hall}\n")
    # The file is taken as `run` and `watch` take it, too.
    assert main(["live", "--config", file]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The live page is off.")
    assert file in said
    assert not state.exists()
    # And what it says is right.
    start = said.index("live:")
    written = said[start : said.index("\n\n", start)]
    assert main(["live", config(tmp_path, written)]) == 0
    assert "is on" in capsys.readouterr().out


@pytest.mark.parametrize("more", ["--bogus", "another.yaml", "--config=another.yaml"])
def test_what_is_typed_wrong_is_told_with_this_command_s_usage(
    more: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["live", "a.yaml", more])
    assert ended.value.code == EX_USAGE
    assert capsys.readouterr().err.startswith("usage: edgepose live ")


def test_for_this_machine_it_tells_of_the_tunnel(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config(tmp_path, "live: {enabled: true, port: 8500}\n")
    assert main(["live", file]) == 0
    said = capsys.readouterr().out
    word = token.read_text(token.place(state))
    assert f"  http://localhost:8500/?token={word}\n" in said
    assert "  ssh -L 8500:127.0.0.1:8500 " in said
    assert stat.S_IMODE(token.place(state).stat().st_mode) == 0o600
    assert main(["live", file]) == 0
    assert capsys.readouterr().out == said
    assert main(["live", file, "--new-token"]) == 0
    assert word not in capsys.readouterr().out


def test_it_says_whether_the_page_answers(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    opened = Opened(state)
    file = config(tmp_path, f"live: {{enabled: true, port: {opened.port}}}\n")
    all_ = tmp_path / "all.yaml"
    all_.write_text(f"live: {{enabled: true, port: {opened.port}, host: 0.0.0.0}}\n")

    async def served() -> None:
        async with opened.running():
            for each in (file, str(all_)):
                assert await asyncio.to_thread(main, ["live", each]) == 0

    drive(served())
    said = capsys.readouterr().out
    assert said.count("The live page is on, without the camera's picture. Open ") == 2
    assert said.count(f":{opened.port}/?token={opened.token}\n") >= 3
    assert "answer" not in said
    assert main(["live", file]) == 0
    said = capsys.readouterr().out
    assert said.startswith("The live page does not answer yet: Connection refused.\n")
    assert f"Once edgepose runs with {file}, it is on," in said
    assert f"  http://localhost:{opened.port}/?token={opened.token}\n" in said
    assert f"`edgepose doctor {file}`" in said
    assert f"  edgepose live --new-token {file}\n" in said


def test_for_others_it_tells_each_address(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = "live: {enabled: true, host: 0.0.0.0, hosts: [box.example.org], camera_picture: true}\n"
    assert main(["live", config(tmp_path, text)]) == 0
    said = capsys.readouterr().out
    word = token.read_text(token.place(state))
    urls = [line.strip() for line in said.splitlines() if line.startswith("  http://")]
    assert urls[0] == f"http://box.example.org:8474/?token={word}"
    assert len(urls) > 1
    assert "with the camera's picture" in said
    assert "ssh" not in said


def test_without_a_token_it_says_so(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["live", config(tmp_path, "live: {enabled: true, require_token: false}\n")]) == 0
    said = capsys.readouterr().out
    assert "  http://localhost:8474/\n" in said
    assert "live.require_token is false" in said
    assert not state.exists()


def test_a_word_of_ones_own(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = config(tmp_path, "live: {enabled: true, token_file: word}\n")
    assert main(["live", file]) == EX_CONFIG
    assert "No such file" in capsys.readouterr().err
    (tmp_path / "word").write_text("a word of mine & no more\n")
    assert main(["live", file]) == 0
    assert "?token=a%20word%20of%20mine%20%26%20no%20more\n" in capsys.readouterr().out
    assert main(["live", file, "--new-token"]) == EX_USAGE
    assert "a file of your own" in capsys.readouterr().err
    assert not state.exists()


def test_of_the_service_it_is_in_the_service_s_place(
    tmp_path: Path,
    state: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "service").mkdir()
    file = config(tmp_path, "live: {enabled: true}\n")
    monkeypatch.setattr(live, "STATE", tmp_path / "service")
    monkeypatch.setattr(live, "CONFIG", Path(file))
    assert main(["live", file]) == 0
    assert token.read_text(tmp_path / "service" / "live-token") in capsys.readouterr().out
    assert not state.exists()


def test_where_it_cannot_be_kept_it_says_so(
    tmp_path: Path, state: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    state.parent.write_text("")
    assert main(["live", config(tmp_path, "live: {enabled: true}\n")]) == EX_UNAVAILABLE
    assert "the token cannot be written: Not a directory" in capsys.readouterr().err
