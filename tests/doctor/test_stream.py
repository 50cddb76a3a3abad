"""A camera on the network, by one that is there: what the doctor finds; it tells no secret."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose.config.access import oneself
from edgepose.config.load import load
from edgepose.doctor import camera, configured
from edgepose.doctor.case import Case
from edgepose.doctor.finding import Finding
from edgepose.doctor.unit import Unit
from tests.harness.cameras import HttpCamera

NAME, PASSWORD = "jo", "hunter2"


@pytest.fixture(scope="module")
def served() -> Iterator[HttpCamera]:
    with HttpCamera(NAME, PASSWORD) as running:
        yield running


def case(folder: Path, uri: str, health: dict[str, Any] | None = None) -> Case:
    file = folder / "edgepose.yaml"
    file.write_text(f"camera: {{source: uri, uri: '{uri}'}}\n")
    file.chmod(0o644)
    unit = Unit({"ActiveState": "active"})
    return Case(unit, file, load(file), None, health, Path(sys.executable), oneself())


def found(case: Case) -> Finding:
    (finding,) = camera.look(case)
    assert finding.name == "camera"
    assert PASSWORD not in repr(finding)
    return finding


def test_a_camera_is_asked_for_one_picture(tmp_path: Path, served: HttpCamera) -> None:
    at = f"http://{NAME}:{PASSWORD}@127.0.0.1:{served.port}/live"
    shown = f"http://***@127.0.0.1:{served.port}/***"
    asked = served.asked
    finding = found(case(tmp_path, at))
    assert (finding.level, finding.message) == ("ok", f"{shown} gives a picture")
    assert served.asked > asked
    wrong = found(case(tmp_path, at.replace(NAME, "joe")))
    assert wrong.level == "failure"
    assert "does not take the name and password" in wrong.message
    assert "(404)" in found(case(tmp_path, at.replace("live", "lives"))).message


def test_a_picture_that_is_broken_before_one_that_is_not_is_no_fault(tmp_path: Path) -> None:
    """As the first ones of a stream are that was joined in its middle."""
    with HttpCamera(NAME, PASSWORD) as served:
        whole = served.jpegs[0]
        served.jpegs = [whole[:150] + bytes(20) + whole[170:], b"\xff\xd8\xff\xd9", whole]
        at = f"http://{NAME}:{PASSWORD}@127.0.0.1:{served.port}/live"
        assert found(case(tmp_path, at)).message.endswith("gives a picture")


@pytest.mark.parametrize(
    ("health", "words"),
    [
        ({"camera": "ok", "engine": "litert"}, "at work in the service"),
        ({"status": "paused", "camera": "off"}, "paused"),
    ],
)
def test_what_the_service_has_is_not_asked(
    tmp_path: Path, served: HttpCamera, health: dict[str, Any], words: str
) -> None:
    asked = served.asked
    finding = found(case(tmp_path, f"http://127.0.0.1:{served.port}/live", health))
    assert finding.level == "ok"
    assert words in finding.message
    assert served.asked == asked


def test_without_ffmpeg_it_is_told_what_to_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    finding = found(case(tmp_path, "rtsp://127.0.0.1/"))
    assert (finding.level, finding.todo) == ("failure", "sudo apt install ffmpeg")


def test_a_password_that_everybody_may_read_is_told(tmp_path: Path) -> None:
    looked = case(tmp_path, f"rtsp://{NAME}:{PASSWORD}@127.0.0.1/")
    assert looked.file is not None
    (warned,) = [each for each in configured.look(looked) if each.level == "warning"]
    assert "may be read by everybody" in warned.message
    assert PASSWORD not in repr(warned)
    looked.file.chmod(0o640)
    assert [each.level for each in configured.look(looked)] == ["ok"]
