"""Keys of a configuration are set, and all else in the file stays."""

from pathlib import Path

import pytest
import yaml

from edgepose.config.change import check_writable, rewrite, with_key
from edgepose.config.generate import DEFAULT_FILE
from edgepose.config.load import load
from edgepose.errors import UserError

CASES = [
    "detection:\n  threads: auto # why\n  num_poses: 1\n",
    "detection:\n  # nothing but this\n  num_poses: 1\n",
    "detection:\n    num_poses: 1",
    "detection: {num_poses: 1}\n",
    "detection: {num_poses: 1, threads: 'auto'}\n",
    "detection:\n  threads:\n",
    "detection:\n",
    "detection: {}\n",
    "health:\n  interval: 5\n",
    "{health: {interval: 5}}\n",
    "detection:\r\n  num_poses: 1\r\nhealth:\r\n  interval: 5\r\n",
]


@pytest.mark.parametrize("text", CASES)
def test_a_key_is_set_and_all_others_stay(text: str) -> None:
    before = yaml.safe_load(text)
    after = yaml.safe_load(with_key(text, "detection", "threads", 3))
    assert after == {**before, "detection": {**(before.get("detection") or {}), "threads": 3}}


def test_only_the_lines_of_what_changed_differ(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text(DEFAULT_FILE.read_text())
    file.chmod(0o640)
    wanted = {"detection.engine": "litert", "detection.workers": "auto", "camera.rate": 12.0}
    changes = rewrite(file, wanted)
    assert [str(change) for change in changes] == [
        "camera.rate: 30 -> 12",
        "detection.engine: auto -> litert",
    ]
    pairs = zip(DEFAULT_FILE.read_text().splitlines(), file.read_text().splitlines(), strict=True)
    assert [new for old, new in pairs if old != new] == ["  rate: 12", "  engine: litert"]
    assert file.stat().st_mode & 0o777 == 0o640
    assert [*tmp_path.iterdir()] == [file]


def test_what_is_so_already_leaves_the_file_alone(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text("camera: {rate: 12}\n")
    before = file.stat()
    assert rewrite(file, {"camera.rate": 12.0, "detection.engine": "auto"}) == []
    # Not when it was read last.
    after = file.stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_the_file_behind_a_link_is_changed(tmp_path: Path) -> None:
    file, link = tmp_path / "real.yaml", tmp_path / "edgepose.yaml"
    file.write_text("camera: {rate: 12}\n")
    link.symlink_to(file)
    rewrite(link, {"camera.rate": 15.0})
    assert link.is_symlink()
    assert load(file).camera.rate == 15


def test_a_value_that_is_not_allowed_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text("camera:\n  rate: 5\n")
    with pytest.raises(UserError, match=r"edgepose\.yaml:2:9: camera\.rate: .*500") as refused:
        rewrite(file, {"camera.rate": 500.0})
    assert refused.value.exit_code == 78
    assert file.read_text() == "camera:\n  rate: 5\n"
    assert [*tmp_path.iterdir()] == [file]


def test_a_file_written_so_that_a_key_means_two_is_left_to_its_owner(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    text = "camera: {rate: &number 5}\nhealth: {interval: *number}\n"
    file.write_text(text)
    with pytest.raises(UserError):
        rewrite(file, {"camera.rate": 7.0})
    assert file.read_text() == text


def test_a_broken_file_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text("camera:\n  ratte: 5\n")
    for refuse in (check_writable, lambda path: rewrite(path, {"camera.rate": 7.0})):
        with pytest.raises(UserError, match=r"edgepose\.yaml:2:3: camera\.ratte: unknown key"):
            refuse(file)
    assert file.read_text() == "camera:\n  ratte: 5\n"
