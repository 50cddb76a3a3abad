"""What a machine says about its packages, and what of it reaches a root."""

from pathlib import Path

import pytest

from tests.appliance.rehearsal import Rehearsal
from tests.appliance.supply import Supply

pytestmark = pytest.mark.appliance


def test_the_environment_has_the_last_word_on_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://index.invalid/simple")
    assert Supply.of_this_machine().pip["index-url"] == "https://index.invalid/simple"


def test_a_local_index_is_found_with_the_wheels_beside_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "simple").mkdir()
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", f"file://{tmp_path}/simple")
    assert tmp_path in Supply.of_this_machine().folders


def test_a_root_asks_the_same_places(rehearsal: Rehearsal) -> None:
    here = Supply.of_this_machine()
    with rehearsal.debian() as files:
        pip = (files.root / "etc/pip.conf").read_text().splitlines()
        apt = (files.root / "etc/apt/sources.list").read_text()
    assert {f"{key} = {value}" for key, value in here.pip.items()} <= set(pip)
    assert (here.mirror or "").rstrip("/") in apt
