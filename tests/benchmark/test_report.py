"""What is said of what was measured: the table, JSON, and the line to send."""

import dataclasses
import json
from pathlib import Path

import pytest

from edgepose.bench.machine import describe
from edgepose.bench.numbers import Row
from edgepose.bench.plan import Outcome, Plan
from edgepose.bench.record import Record
from edgepose.bench.report import lines
from edgepose.bench.settings import Setting
from edgepose.bench.suggest import suggest
from edgepose.config.model import Config
from edgepose.messages.control import Configure
from edgepose.translate import vision
from tests.benchmark.made import numbers, row

ABORT = "killed by SIGILL (FATAL ERROR: This binary was compiled with lse enabled)"


def configure(setting: Setting) -> Configure:
    return vision(Config(), setting.engine, Path("/nowhere.task"), Path(), 0)


@pytest.fixture
def record() -> Record:
    compared = row("litert full 1x3", 14.2, 61)
    compared.bare.append(numbers(7.1, 122))
    twice = row("litert full 1x1", 6.0, 164, temperature_c=None, memory_mb=None)
    twice.passes.append(numbers(8.0, 130, throttled=("soft_temperature_limit",)))
    rows = [compared, twice]
    rows += [Row(Setting("mediapipe", model, 1, 1), failed=ABORT) for model in ("full", "lite")]
    settings = [each.setting for each in rows]
    plan = Plan(settings, 2, 2.0, 6.0, "waving", configure, compare=True)
    outcome = Outcome(rows, pictures=33, pictures_mb=30.4, bare_failed={"lite": ABORT})
    machine = dataclasses.replace(describe(), board="Raspberry Pi 4\0Model B", cores=4)
    return Record(machine, plan, outcome, suggest(rows, 4), ["Not measured: heavy."])


def text(record: Record) -> str:
    return "\n".join(line.text for line in lines(record))


def test_the_table_fits_80_columns_and_says_what_does_not_run_once(record: Record) -> None:
    unbroken = [line.text for line in lines(record) if line.whole]
    assert {len(line) <= 80 for line in unbroken if line != record.line()} == {True}
    said = text(record)
    assert said.isascii()
    assert f"mediapipe full/lite does not run (2 settings): {ABORT}" in said
    assert " 14.2    61    61   150   38   240   61\n" in said
    assert "  2.00    0.50          7.1    122" in said
    assert "Not measured: heavy." in said


def test_doubts_are_told(record: Record) -> None:
    said = text(record)
    assert "differ by up to 33 %" in said
    assert "held back: soft_temperature_limit" in said
    steady = dataclasses.replace(record, outcome=Outcome([row("litert full 1x1", 6.0, 164)]))
    assert "differ" not in text(steady)
    assert "held back" not in text(steady)


def test_the_line_is_one_and_names_nobody(record: Record) -> None:
    line = record.line()
    assert line.isascii()
    assert line.isprintable()
    assert "Raspberry Pi 4?Model B, 4 cores" in line
    assert "litert full: 1x3 14.2/s 61ms 240MB, 1x1 7.0/s 147ms 240MB" in line
    assert f"mediapipe full: {ABORT}" in line
    assert "up to 61 C | soft_temperature_limit" in line


def test_json_has_every_row_and_null_where_nothing_is_known(record: Record) -> None:
    told = json.loads(json.dumps(record.as_json()))
    compared, twice, broken, _ = told["settings"]
    assert compared["bare"]["frames_ratio"] == 2.0
    assert compared["bare"]["delay_ratio"] == 0.5
    assert compared["cpu_percent"] == {"core": 150.0, "machine": 37.5}
    assert twice["frames_per_s_of_passes"] == [6.0, 8.0]
    assert twice["throttled"] == ["soft_temperature_limit"]
    assert broken["failed"] == ABORT
    assert "frames_per_s" not in broken
    assert told["suggestion"]["keys"]["detection.threads"] == 3
    alone = dataclasses.replace(record, suggestion=None).as_json()
    assert alone["suggestion"] is None


def test_an_early_end_is_told(record: Record) -> None:
    record.outcome.interrupted = True
    assert "would have run 2 times" in text(record)
    assert record.as_json()["interrupted"] is True
