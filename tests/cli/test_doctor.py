"""`edgepose doctor`: its words, and the whole of it in a checkout."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from edgepose.cli.doctor import told
from edgepose.doctor.finding import Finding, failure, note, ok, warning
from tests.harness.broker import Broker

CHECKOUT = Path(__file__).resolve().parents[2]
COMMAND = "sudo systemctl daemon-reload && sudo systemctl restart edgepose && a long line of it"


def lines(*found: Finding, width: int = 80, colour: bool = False) -> list[str]:
    return list(told(found, width, colour=colour))


def test_the_first_line_says_how_it_is() -> None:
    assert lines(ok("disk", "good"))[0] == "All is well: 1 checks."
    assert (
        lines(ok("disk", "good"), warning("clock", "late"))[0] == "It works, with 1 warning; 1 ok."
    )
    said = lines(warning("clock", "late"), failure("unit", "gone"), failure("disk", "full"))
    assert said[0] == "Something is wrong: 2 failures and 1 warning; 0 ok."


def test_of_what_does_not_run_nobody_says_that_it_works() -> None:
    def verdict(*found: Finding) -> str:
        return next(iter(told(found, 80, colour=False, serves=False)))

    nothing = "(nothing runs as a service here)."
    assert verdict(ok("disk", "good")) == f"The installation is good {nothing}"
    assert verdict(ok("disk", "good"), note("unit", "none"), warning("clock", "late")) == (
        f"The installation is good, with 1 warning {nothing}"
    )
    assert verdict(failure("unit", "gone")) == "Something is wrong: 1 failure; 0 ok."


def test_the_worst_comes_first() -> None:
    found = (ok("disk", "good"), warning("clock", "late"), failure("unit", "gone"))
    marks = [line.split()[1] for line in lines(*found)[1:] if line]
    assert marks == ["failure", "warning", "ok"]


def test_sentences_are_broken_and_commands_are_not() -> None:
    long = "words and words " * 12
    said = lines(failure("unit", long, f"{long.strip()}.", COMMAND), width=60)
    assert f"      {COMMAND}" in said
    assert all(len(line) <= 60 for line in said if COMMAND not in line)


def test_colours_are_for_terminals() -> None:
    assert "\x1b[31;1m✗ failure\x1b[0m" in lines(failure("unit", "gone"), colour=True)[2]
    assert "\x1b" not in "".join(lines(failure("unit", "gone")))


def doctor(*words: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(CHECKOUT), **(env or {})},
    )


@pytest.mark.slow
def test_a_checkout_is_looked_at_too(tmp_path: Path, broker: Broker) -> None:
    file = tmp_path / "edgepose.yaml"
    file.write_text(
        f"camera: {{source: actor}}\nmqtt: {{port: {broker.port}}}\ndetection: {{engine: litert}}\n"
    )
    # The file is taken as `run` takes it, too.
    done = doctor("-m", "edgepose", "doctor", "--json", "--config", str(file))
    assert done.stderr == ""
    found: list[dict[str, Any]] = json.loads(done.stdout)["findings"]
    by_name = {each["check"]: each for each in found}
    told = {name: by_name[name]["message"] for name in ("config", "broker", "camera", "engine")}
    assert by_name["unit"]["level"] in ("note", "ok")
    if by_name["unit"]["level"] == "note":
        assert f"watch --config {file} " in by_name["unit"]["todo"]
    assert told == {
        "config": f"{file} is good",
        "broker": f"localhost:{broker.port} takes us",
        "camera": "none is needed: camera.source is actor",
        "engine": "litert works: it finds the person in a picture",
    }


def test_without_its_packages_it_says_so() -> None:
    """A checkout that was never set up: this Python sees no package of anybody's."""
    blind = "import sys, runpy; sys.path[:] = [p for p in sys.path if 'site-packages' not in p]; "
    run = "sys.argv[1:] = ['doctor', '--json']; runpy.run_module('edgepose', run_name='__main__')"
    done = doctor("-S", "-c", blind + run)
    assert done.stderr == ""
    found = json.loads(done.stdout)["findings"]
    assert {each["check"] for each in found} >= {"packages", "machine", "disk"}


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """A line of a shell with `$doctor`, of a config that ends it at once."""
    command = f"doctor='{sys.executable} -m edgepose doctor'; {line}"
    return subprocess.run(
        ["bash", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
        # As a shell starts it: what is written waits in a buffer.
        env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
    )


@pytest.mark.slow
def test_nowhere_to_write_is_one_line() -> None:
    done = shell("$doctor /dev/null > /dev/full")
    assert done.stderr == "the output cannot be written: No space left on device\n"
    assert done.returncode == 74
    done = shell("$doctor /dev/null >&-")
    assert (done.stderr, done.returncode) == ("", 1)


def test_an_empty_name_is_no_folder() -> None:
    done = shell("$doctor ''")
    assert done.returncode == 2
    assert done.stderr.endswith("error: argument FILE: the name of the file is empty\n")


def test_ctrl_c_is_its_end_without_a_word(tmp_path: Path) -> None:
    """However often: `timeout` alone sends two, to the program and to its group."""
    file = tmp_path / "edgepose.yaml"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        file.write_text(f"camera: {{source: actor}}\nmqtt: {{port: {silent.getsockname()[1]}}}\n")
        with subprocess.Popen(
            [sys.executable, "-m", "edgepose", "doctor", str(file)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            # It looks at the broker, so it is on its way.
            silent.settimeout(60)
            guest, _ = silent.accept()
            while process.poll() is None:
                process.send_signal(signal.SIGINT)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.002)
            assert process.stdout is not None
            assert (process.stdout.read(), process.returncode) == (b"", 130)
            guest.close()
