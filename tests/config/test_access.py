"""Files that somebody may not read: who, why, and the command that mends it."""

import os
import pwd
import shlex
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from edgepose.config.access import User, closed, known, oneself
from edgepose.config.load import load
from edgepose.config.problem import ConfigError
from edgepose.errors import EX_CONFIG
from tests.harness.nobody import without_root

OWNER = pwd.getpwuid(os.geteuid()).pw_name
STRANGER = User("stranger", 54321, frozenset({54321}))


@pytest.fixture
def file() -> Iterator[Path]:
    """A config in a folder with a space in its name; the way there is open to everybody."""
    # Not tmp_path, which is closed to all but its owner.
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "a folder"
        folder.mkdir()
        Path(made).chmod(0o755)
        path = folder / "c.yaml"
        path.write_text("{}")
        path.chmod(0o644)
        yield path
        folder.chmod(0o755)


def mend(said: str) -> None:
    """Do what the message says, but for sudo."""
    command = shlex.split(said.split("`")[1])
    assert command.pop(0) == "sudo"
    subprocess.run(command, check=True)


def test_a_file_that_this_user_may_not_read_tells_how_to_mend_it(file: Path) -> None:
    file.chmod(0)
    with without_root() as name, pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.exit_code == EX_CONFIG
    assert str(caught.value) == (
        f"{file}: may not be read by the user {name}: it belongs to {OWNER} and nobody "
        f"may read it (mode 0000); mend it with `sudo chmod a+r '{file}'`"
    )
    mend(str(caught.value))
    with without_root():
        load(file)


def test_a_folder_that_is_closed_is_named(file: Path) -> None:
    file.parent.chmod(0o600)
    with without_root() as name, pytest.raises(ConfigError) as caught:
        load(file)
    assert str(caught.value) == (
        f"{file}: may not be read by the user {name}: the folder {file.parent} belongs to {OWNER} "
        f"and nobody may enter it (mode 0600); mend it with `sudo chmod a+x '{file.parent}'`"
    )
    mend(str(caught.value))
    with without_root():
        load(file)


def test_a_link_into_a_closed_folder_names_that_folder(file: Path, tmp_path: Path) -> None:
    path = tmp_path / "link"
    path.symlink_to(file)
    tmp_path.chmod(0o755)
    file.parent.chmod(0o700)
    said = closed(path, User("stranger", 54321, frozenset()))
    assert said is not None
    # The first closed one counts, and that may be one of pytest's own folders.
    assert any(f"the folder {each} " in said for each in (file.parent, *tmp_path.parents))


def test_a_folder_that_a_sandbox_hides_is_not_to_be_opened(file: Path) -> None:
    file.parent.chmod(0)
    assert closed(file, STRANGER) == (
        f"may not be read by the user stranger: the folder {file.parent} is closed to everybody, "
        "maybe by the sandbox of the service; keep the file elsewhere, as in /etc/edgepose"
    )


MODES = {
    0o600: f"it belongs to {OWNER} and only {OWNER} may read it (mode 0600)",
    0o640: f"it belongs to {OWNER} and only {OWNER} and the group {{group}} may read it "
    "(mode 0640)",
    0o200: f"it belongs to {OWNER} and nobody may read it (mode 0200)",
}


@pytest.mark.parametrize("mode", MODES)
def test_who_may_read_is_told_in_words(file: Path, mode: int) -> None:
    file.chmod(mode)
    said = closed(file, STRANGER)
    assert said is not None
    assert MODES[mode].format(group=file.group()) in said


def test_what_anybody_may_read_is_not_closed(file: Path) -> None:
    assert closed(file, STRANGER) is None


def test_a_group_counts(file: Path) -> None:
    file.chmod(0o640)
    assert closed(file, User("member", 54321, frozenset({file.stat().st_gid}))) is None


def test_the_owner_s_own_bits_count_for_the_owner(file: Path) -> None:
    file.chmod(0o044)
    owner = User("owner", 54321, frozenset())
    if os.geteuid() == 0:
        os.chown(file, 54321, 54321)
        said = closed(file, owner)
        assert said is not None
        assert "belongs to 54321 and only the group 54321 and others may read it" in said
    else:
        assert closed(file, oneself()) is not None


def test_root_may_read_all(file: Path) -> None:
    file.chmod(0)
    assert closed(file, User("root", 0, frozenset({0}))) is None


def test_a_user_is_known_by_name() -> None:
    user = known(OWNER)
    assert user is not None
    assert user.number == os.geteuid()
    assert os.getegid() in user.groups
    assert known("no such user") is None
