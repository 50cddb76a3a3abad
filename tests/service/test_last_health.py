"""How the daemon last was, for other programs of the machine."""

import json
import os
from pathlib import Path
from typing import Any

from edgepose.service.last_health import FIELDS, NAME, LastHealth, read


def message(**changes: Any) -> bytes:
    return json.dumps({**dict.fromkeys(FIELDS), "time": "now", **changes}).encode()


def test_what_was_told_last_is_read(tmp_path: Path) -> None:
    last = LastHealth(tmp_path)
    before = os.umask(0o077)
    try:
        last.tell(message(status="starting"))
        last.tell(message(status="ok", restarts={"vision": 1}))
    finally:
        os.umask(before)
    held = read(tmp_path)
    assert held is not None
    assert (held["status"], held["restarts"]) == ("ok", {"vision": 1})
    assert [each.name for each in tmp_path.iterdir()] == [NAME]
    # Everybody may ask how it is.
    assert (tmp_path / NAME).stat().st_mode & 0o777 == 0o644
    last.forget()
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_news_is_not_written(tmp_path: Path) -> None:
    last = LastHealth(tmp_path)
    last.tell(message(status="ok"))
    written = (tmp_path / NAME).stat()
    last.tell(message(status="ok", time="later", counters={"captured": 7}))
    assert (tmp_path / NAME).stat() == written
    last.tell(message(status="degraded"))
    assert (tmp_path / NAME).stat().st_ino != written.st_ino
    last.tell(message(status="degraded"), "broker.lan:1883: Connection refused")
    assert (read(tmp_path) or {})["broker"] == "broker.lan:1883: Connection refused"


def test_none_is_better_than_an_old_one(tmp_path: Path) -> None:
    last = LastHealth(tmp_path)
    last.tell(message(status="ok"))
    # In the way of the new one.
    (tmp_path / f".{NAME}.new").mkdir()
    last.tell(message(status="degraded"))
    assert read(tmp_path) is None
    (tmp_path / f".{NAME}.new").rmdir()
    last.tell(message(status="degraded"))
    assert read(tmp_path) is not None


def test_there_may_be_none(tmp_path: Path) -> None:
    LastHealth(None).tell(message())
    assert read(tmp_path) is None
    (tmp_path / NAME).write_text('["no", "message"]')
    assert read(tmp_path) is None
    (tmp_path / NAME).write_text("{")
    assert read(tmp_path) is None
    assert read(tmp_path / "nowhere") is None
