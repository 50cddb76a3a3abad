"""The benchmark runs and says what it promises. Never what a time is: machines are noisy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.number import Number, Rival, Wanted, spread

CHECKOUT = Path(__file__).resolve().parents[2]


@pytest.mark.usefixtures("model_full")
def test_the_cheapest_part_reports_its_numbers() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--only", "encoding"],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert set(report) == {"machine", "footage", "quick", "numbers"}
    assert report["quick"] is True
    machine = report["machine"]
    assert machine["cores"] >= 1
    assert machine["python"] == ".".join(map(str, sys.version_info[:3]))
    assert machine["versions"]["mediapipe"]
    numbers = report["numbers"]
    assert set(numbers) == {
        "packed_bytes",
        "json_bytes_max",
        "json_bytes_median",
        "packed_encode",
        "json_encode",
    }
    for number in numbers.values():
        assert set(number) == {"value", "unit", "wanted", "ok", "rival", "seen"}
        assert number["value"] > 0
        assert set(number["rival"]) == {"what", "value", "unit"}
        assert number["rival"]["value"] > 0
    # Sizes are no times: they are the same on every machine.
    assert numbers["packed_bytes"]["value"] == 304
    assert numbers["json_bytes_max"]["ok"] is True


@pytest.mark.slow
@pytest.mark.usefixtures("model_full", "node")
def test_decoding_is_measured_in_both_languages() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--quick", "--only", "decoding"],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    numbers = json.loads(done.stdout)["numbers"]
    assert {name: number["wanted"] for name, number in numbers.items()} == {
        "packed_decode_python": "<= 60",
        "json_decode_python": None,
        "packed_decode_javascript": "<= 10",
        "json_decode_javascript": None,
    }
    for number in numbers.values():
        assert number["value"] > 0
        assert number["rival"]["value"] > 0


def test_an_unknown_part_is_refused_with_the_names_of_all() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench", "--only", "speed"],
        cwd=CHECKOUT,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2
    for part in ("throughput", "latency", "footprint", "encoding", "start"):
        assert part in done.stderr


@pytest.mark.parametrize(
    ("sign", "value", "ok"),
    [("<=", 2, True), ("<=", 2.1, False), (">=", 2, True), (">=", 1.9, False)],
)
def test_a_number_is_held_against_its_bound(sign: str, value: float, ok: bool) -> None:
    wanted = Wanted("<=" if sign == "<=" else ">=", 2)
    number = Number(value, "ms", wanted, Rival("another", 3.14159, "s")).as_json()
    assert (number["wanted"], number["ok"]) == (f"{sign} 2", ok)
    assert number["rival"] == {"what": "another", "value": 3.142, "unit": "s"}


def test_a_number_without_a_bound_is_neither_good_nor_bad() -> None:
    number = Number(1.5, "ms").as_json()
    assert (number["wanted"], number["ok"], number["rival"]) == (None, None, None)


def test_a_spread_tells_the_middle_and_the_edge() -> None:
    assert spread([*range(101)]) == {"count": 101, "min": 0, "median": 50, "p99": 99, "max": 100}
