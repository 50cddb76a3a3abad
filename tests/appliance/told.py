"""What `edgepose doctor` says inside a machine."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from tests.appliance.faults import (
    CONFIG,
    written,
)
from tests.appliance.house import House

OTHER: Final = "/srv/other.yaml"


@dataclass
class Told:
    """What one doctor has said, as JSON; to_nobody: to a user who is not root."""

    code: int
    text: str
    to_nobody: str = ""

    @property
    def findings(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(self.text)["findings"]
        return found

    def level(self, check: str) -> set[str]:
        return {each["level"] for each in self.findings if each["check"] == check}

    def assert_has(self, check: str, level: str, message: str, todo: str = "") -> None:
        """Fail unless there is such a finding."""
        of_check = [each for each in self.findings if each["check"] == check]
        assert [
            each
            for each in of_check
            if each["level"] == level
            and message in each["message"]
            and todo in (each["todo"] or "")
        ], of_check


def doctor(house: House, *words: str, env: dict[str, str] | None = None) -> Told:
    done = house.machine.run("edgepose", "doctor", "--json", *words, check=False, env=env)
    assert done.stderr == ""
    told = Told(done.returncode, done.stdout)
    whole = json.loads(done.stdout)
    assert whole["v"] == 1
    failed = any(each["level"] == "failure" for each in told.findings)
    assert (whole["ok"], done.returncode) == (not failed, int(failed))
    assert not [each for each in told.findings if "could not be looked at" in each["message"]]
    return told


@contextmanager
def another_config(house: House, changes: dict[str, str]) -> Iterator[str]:
    """A configuration beside that of the service, which is the same but for these lines."""
    text = (house.machine.root / CONFIG).read_text()
    for old, new in changes.items():
        assert old in text, old
        text = text.replace(old, new)
    with written(house.machine.root / OTHER.lstrip("/"), text):
        yield OTHER
