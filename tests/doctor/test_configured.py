"""Of a configuration: what is told, once, and what is typed about it."""

import os
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import edgepose.mqtt.probe  # noqa: F401 - a user who is nobody may not be able to import it
from edgepose.config.access import User, oneself
from edgepose.config.load import load
from edgepose.config.problem import ConfigError
from edgepose.doctor import broker as broker_check
from edgepose.doctor import configured, engine, model
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding, warning
from edgepose.doctor.typed import typed
from tests.harness.nobody import without_root

HERE = Case(None, None, None, None, None, Path(sys.executable), oneself())


def case_of(file: Path) -> Case:
    try:
        config = load(file)
    except ConfigError:
        config = None
    return replace(HERE, file=file, config=config, user=oneself(), asked=file)


def told(file: Path) -> list[Finding]:
    return list(configured.look(case_of(file)))


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody may enter, as tmp_path is not."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "my.yaml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return file


@pytest.mark.parametrize(
    ("name", "todo"),
    [
        ("missing.yaml", "cp "),
        ("no/missing.yaml", "mkdir -p "),
        ("", "/my.yaml"),
        # The one that is here is not written over.
        ("pipe", "edgepose.yaml my.yaml"),
        ("big", "head -n 5 "),
        ("utf16", "iconv -f UTF-16"),
        ("empty", "cp "),
        ("link", "ls -l "),
    ],
)
def test_what_no_editor_mends(
    tmp_path: Path, name: str, todo: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path, "{}\n")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(bytes(100_000))
    (tmp_path / "utf16").write_text("camera: {}\n", encoding="utf-16")
    (tmp_path / "empty").touch()
    (tmp_path / "link").symlink_to("nowhere")
    wrong, skipped = told(tmp_path / name)
    assert wrong.level == "failure"
    assert todo in (wrong.todo or "")
    assert "nano" not in (wrong.todo or "")
    assert ("cp -n " in (wrong.todo or "")) == (name == "pipe")
    assert skipped.message == "broker, camera, engine, model: mend the configuration first"


@pytest.mark.parametrize(("count", "shown"), [(5, 5), (6, 6), (7, 5)])
def test_one_mistake_alone_is_not_left_out(tmp_path: Path, count: int, shown: int) -> None:
    keys = ", ".join(f"unknown{number}: 1" for number in range(count))
    found = told(written(tmp_path, f"mqtt: {{{keys}}}\n"))
    assert sum("unknown key" in each.message for each in found) == shown
    assert [each.message for each in found if "more" in each.message] == (
        [f"2 more mistakes are in {tmp_path}/my.yaml"] if shown < count else []
    )


def test_a_film_that_is_not_there(tmp_path: Path) -> None:
    file = written(tmp_path, "camera: {source: uri, uri: film.avi}\n")
    (found,) = told(file)
    assert found.level == "failure"
    assert found.message == f"camera.uri: {tmp_path}/film.avi: no such file or folder"
    (tmp_path / "film.avi").touch()
    assert [each.level for each in told(file)] == ["ok"]


def test_a_film_that_the_service_may_not_read(public: Path) -> None:
    file, film = written(public, "camera: {source: uri, uri: film.avi}\n"), public / "film.avi"
    film.touch()
    film.chmod(0o600)
    service = User("edgepose", 65000, frozenset())
    (found,) = configured.look(replace(case_of(file), user=service))
    assert "film.avi: may not be read by the user edgepose" in found.message
    assert found.todo == f"sudo chmod a+r {film}"


def test_a_password_that_is_for_others_is_no_failure(public: Path) -> None:
    file = written(public, "mqtt: {username: hall, password_file: secret}\n")
    (public / "secret").write_text("right\n")
    (public / "secret").chmod(0)
    with without_root():
        case = case_of(file)
        found = [*configured.look(case), *broker_check.look(case)]
    assert [(each.name, each.level) for each in found] == [("config", "ok"), ("broker", "warning")]
    assert "not known without root" in found[1].message
    assert str(file) in (typed(found[1], case).todo or "")


def test_a_file_that_may_not_be_read_is_told_once(public: Path) -> None:
    file = written(public, "{}\n")
    file.chmod(0)
    with without_root():
        found = told(file)
    assert [(each.name, each.level) for each in found] == [
        ("config", "failure"),
        ("skipped", "note"),
    ]


def test_a_model_that_is_not_there(tmp_path: Path) -> None:
    case = case_of(written(tmp_path, "detection: {model: none.task}\n"))
    ((first,), (second,)) = (list(model.look(case)), list(engine.look(case)))
    assert first.level == "failure"
    assert "detection.model" in (first.todo or "")
    assert (second.level, second.message) == ("note", "not tried: mend the model first")


def test_commands_can_be_typed_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "bin" / "edgepose"
    program.parent.mkdir()
    program.touch()
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.chdir(tmp_path)
    case = replace(HERE, python=program.with_name("python"), asked=Path("pw 1.yaml"))
    said = typed(warning("x", "y", "edgepose doctor   (again)", "edgepose model get lite"), case)
    assert said.todo == "bin/edgepose doctor 'pw 1.yaml'   (again)\nbin/edgepose model get lite"
    (program.parent / "edgepose").unlink()
    assert "-m edgepose model" in (typed(warning("x", "y", "edgepose model"), case).todo or "")
