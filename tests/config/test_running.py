"""The record of the edgepose that runs: whole or not there, for everybody, of a process alive."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgepose.config.declare import Cost
from edgepose.config.model import Camera, Config, Device, Mqtt
from edgepose.config.plan import masked, plan
from edgepose.config.running import Running, read, remove, runtime_folder, write
from edgepose.errors import UserError
from tests.harness.nobody import without_root

RECORD = "config.json"
FILE = Path("/etc/edgepose/edgepose.yaml")
CONFIG = Config(
    device=Device(id="hall"),
    camera=Camera(rate=15, controls={"Brightness": 0.5}),
    mqtt=Mqtt(username="hall", password_file="/run/secret-one"),
)


def report(held: Config = CONFIG, /, **changed: object) -> dict[str, Any]:
    """What the daemon publishes of a config that it took."""
    last = {"time": "2026-11-22T08:40:03Z", "from": "start", "result": "accepted"}
    return {
        "v": 1,
        "time": "2026-11-22T08:40:03Z",
        "running": "0123abcd",
        "on_disk": "0123abcd",
        "last": {**last, "changes": [], "errors": []},
        "config": masked(held),
        **changed,
    }


def recorded(folder: Path, held: Config = CONFIG, /, **changed: object) -> Running:
    write(folder, FILE, held, report(held, **changed))
    running = read(folder)
    assert running is not None
    return running


def rewritten(folder: Path, **changed: object) -> Running | None:
    path = folder / RECORD
    path.write_text(json.dumps({**json.loads(path.read_text()), **changed}))
    return read(folder)


def test_what_is_written_is_read(tmp_path: Path) -> None:
    running = recorded(tmp_path)
    assert running.pid == os.getpid()
    assert running.file == FILE
    assert running.report == json.loads(json.dumps(report()))
    assert [path.name for path in tmp_path.iterdir()] == [RECORD]


def test_everybody_may_read_it_whatever_the_umask(tmp_path: Path) -> None:
    was = os.umask(0o077)
    try:
        recorded(tmp_path)
    finally:
        os.umask(was)
    assert stat.S_IMODE((tmp_path / RECORD).stat().st_mode) == 0o644


def test_a_new_record_takes_the_old_one_s_place_at_once(tmp_path: Path) -> None:
    recorded(tmp_path)
    with (tmp_path / RECORD).open() as old:
        # As a SIGKILL in the middle of writing leaves it.
        (tmp_path / f".{RECORD}.new").write_text("{")
        recorded(tmp_path, Config(), running="77777777")
        assert json.load(old)["report"]["running"] == "0123abcd"
    assert [path.name for path in tmp_path.iterdir()] == [RECORD]


def test_a_folder_that_cannot_be_written_is_the_caller_s(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write(tmp_path / "none", FILE, CONFIG, report())


def test_a_record_taken_away_is_gone(tmp_path: Path) -> None:
    recorded(tmp_path)
    remove(tmp_path)
    assert read(tmp_path) is None
    remove(tmp_path)


DAMAGED = {
    "empty": b"",
    "cut off": b'{"pid": 1, "file',
    "binary": b"\x00\xff",
    "a list": b"[]",
    "deep": b"[" * 100_000,
    "without a report": b'{"pid": 1, "started": 1, "file": "/c", "secrets": {}}',
}


@pytest.mark.parametrize("data", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_none(tmp_path: Path, data: bytes) -> None:
    (tmp_path / RECORD).write_bytes(data)
    assert read(tmp_path) is None


WRONG = {
    "pid": {"pid": "1"},
    "report": {"report": None},
    "last": {"report": report(last=None)},
    "errors": {"report": report(last={"result": "refused", "errors": ["a"]})},
    "config": {"report": report(config=[])},
}


@pytest.mark.parametrize("changed", WRONG.values(), ids=WRONG)
def test_a_record_of_another_form_is_none(tmp_path: Path, changed: dict[str, object]) -> None:
    recorded(tmp_path)
    assert rewritten(tmp_path, **changed) is None


def test_the_record_of_a_process_that_ended_is_none(tmp_path: Path) -> None:
    recorded(tmp_path)
    with subprocess.Popen([sys.executable, "-c", "pass"]) as ended:
        pass
    assert rewritten(tmp_path, pid=ended.pid) is None


def test_another_process_with_the_same_number_is_not_taken_for_it(tmp_path: Path) -> None:
    recorded(tmp_path)
    started = json.loads((tmp_path / RECORD).read_text())["started"]
    assert rewritten(tmp_path, started=started) is not None
    assert rewritten(tmp_path, started=started - 1) is None
    # The first process is older than any other.
    assert rewritten(tmp_path, started=started, pid=1) is None


def test_a_process_that_is_dead_but_not_yet_buried_does_not_live(tmp_path: Path) -> None:
    code = "import sys, pathlib; print(pathlib.Path('/proc/self/stat').read_text(), flush=True)"
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        started = int(child.stdout.read().rpartition(b")")[2].split()[19])
        # Ended, but not waited for.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        recorded(tmp_path)
        assert rewritten(tmp_path, pid=child.pid, started=started) is None


def test_no_folder_is_no_record(tmp_path: Path) -> None:
    assert read(tmp_path / "none") is None


def test_a_record_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    recorded(tmp_path)
    (tmp_path / RECORD).chmod(0)
    with without_root(), pytest.raises(UserError) as caught:
        read(tmp_path)
    assert str(caught.value) == (
        f"{tmp_path / RECORD}: may not be read by this user; try it with sudo"
    )


def test_the_folder_is_the_one_that_systemd_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/one:/run/two")
    assert runtime_folder() == Path("/run/one")
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    assert runtime_folder() == Path("/run/edgepose")


def test_the_same_config_changes_nothing(tmp_path: Path) -> None:
    assert recorded(tmp_path).changes(CONFIG) == []


@pytest.mark.parametrize(
    "new",
    [
        Config(),
        Config(camera=Camera(rate=16, size=(64, 64), source="uri", uri="a.mp4")),
        CONFIG.model_copy(update={"camera": Camera(mirror=True)}),
        CONFIG.model_copy(update={"mqtt": Mqtt(username="hall")}),
    ],
)
def test_changes_are_those_of_a_reload(tmp_path: Path, new: Config) -> None:
    running = recorded(tmp_path)
    wanted = plan(CONFIG, new)
    assert [str(each) for each in running.changes(new)] == [str(each) for each in wanted]
    assert [each.cost for each in running.changes(new)] == [each.cost for each in wanted]
    before = read(tmp_path)
    assert before is not None
    assert before.changes(new)


def test_a_secret_that_changed_is_seen_and_not_told(tmp_path: Path) -> None:
    running = recorded(tmp_path)
    new = CONFIG.model_copy(update={"mqtt": Mqtt(username="hall", password_file="/run/other")})
    assert [(str(each), each.cost) for each in running.changes(new)] == [
        ("mqtt.password_file: '***' -> '***'", Cost.RECONNECT)
    ]
    text = (tmp_path / RECORD).read_text()
    assert "secret-one" not in text
    first = json.loads(text)["secrets"]
    # Many records of many salts would tell more.
    recorded(tmp_path)
    assert json.loads((tmp_path / RECORD).read_text())["secrets"] == first


def test_a_running_version_that_lacks_a_key_has_its_default(tmp_path: Path) -> None:
    older = masked(Config())
    del older["reload"]
    camera = older["camera"]
    assert isinstance(camera, dict)
    del camera["size"]
    running = recorded(tmp_path, Config(), config=older)
    rewritten(tmp_path, secrets={})
    assert running.changes(Config()) == []
    changed = running.changes(Config(camera=Camera(size=(64, 64))))
    assert [str(each) for each in changed] == ["camera.size: [640, 480] -> [64, 64]"]


def last(result: str, *errors: dict[str, object]) -> dict[str, object]:
    return {"result": result, "errors": list(errors)}


RATTE: dict[str, object] = {
    "line": 4,
    "column": 3,
    "key": "camera.ratte",
    "message": "unknown key",
    "nearest": "rate",
}
NO_FRAME: dict[str, object] = {
    "line": None,
    "column": None,
    "key": None,
    "message": "no frame within 20 s",
}
OLD = {
    "accepted": ({}, None),
    "refused": (
        {"last": last("refused", RATTE), "on_disk": "77777777"},
        "line 4: camera.ratte: unknown key",
    ),
    "refused with more": (
        {"last": last("refused", RATTE, NO_FRAME, NO_FRAME)},
        "line 4: camera.ratte: unknown key (and 2 more)",
    ),
    "rolled back": ({"last": last("rolled_back", NO_FRAME)}, "no frame within 20 s"),
    "another file": (
        {"on_disk": "77777777"},
        f"{FILE} held another one when it was last looked at",
    ),
    "no file": ({"on_disk": None}, f"{FILE} could not be read when it was last looked at"),
    "errors without words": ({"last": last("refused", {})}, "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("changed", "because"), OLD.values(), ids=OLD)
def test_an_old_config_says_why(
    tmp_path: Path, changed: dict[str, object], because: str | None
) -> None:
    assert recorded(tmp_path, **changed).old_because() == because
