"""The short programs of config/recipes, started as their first lines say, beside the daemon."""

import ast
import contextlib
import os
import re
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.harness.broker import Broker, free_port
from tests.harness.daemon import DEVICE, PYTHON, Daemon
from tests.harness.node import Node
from tests.harness.site import SMALL
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for
from tests.recipes.house import NOSE, RECIPES

LINE = re.compile(r"(\S+): person (\d+), nose at (-?\d+\.\d\d) (-?\d+\.\d\d)")


@contextlib.contextmanager
def running(command: list[object], out: Path, **environment: str) -> Iterator[None]:
    """Run a program and write what it says into a file."""
    with out.open("wb") as file:
        process = subprocess.Popen(
            list(map(str, command)),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            env={**os.environ, **environment},
        )
        try:
            yield
            assert process.poll() is None, out.read_text()
        finally:
            process.kill()
            process.wait(10)


def has_lines(out: Path) -> bool:
    """Whether three whole lines are there."""
    return out.read_text().count("\n") >= 3


@pytest.mark.slow
@pytest.mark.usefixtures("model_full")
def test_the_programs_tell_where_noses_are(
    broker: Broker, tmp_path: Path, node: Node, packages: Path
) -> None:
    python, javascript = tmp_path / "python.txt", tmp_path / "javascript.txt"
    by_hand = [PYTHON, RECIPES / "subscribe.py", "127.0.0.1", broker.port]
    # As `npm install mqtt` in the folder would make it findable.
    by_node = [node.program, RECIPES / "subscribe.js", f"mqtt://127.0.0.1:{broker.port}"]
    with (
        Subscriber(broker.port) as stranger,
        running(by_hand, python),
        running(by_node, javascript, NODE_PATH=str(packages)),
        Daemon(tmp_path, broker.port, SMALL),
    ):
        for out in (python, javascript):
            wait_for(partial(has_lines, out), 30, out.name)
        lines = {out: out.read_text().splitlines()[:3] for out in (python, javascript)}
        stranger.ask()
    people = [(each.id, each.landmarks[NOSE]) for pose in stranger.packed() for each in pose.people]
    for said in lines.values():
        for line in said:
            found = LINE.fullmatch(line)
            assert found, line
            topic, who, x, y = found.groups()
            assert topic == f"edgepose/{DEVICE}/pose/packed"
            assert any(
                int(who) == id and abs(float(x) - nose.x) < 0.006 and abs(float(y) - nose.y) < 0.006
                for id, nose in people
            ), line


@pytest.mark.slow
def test_where_no_broker_is_they_say_so(tmp_path: Path, node: Node, packages: Path) -> None:
    out = tmp_path / "javascript.txt"
    by_node = [node.program, RECIPES / "subscribe.js", f"mqtt://127.0.0.1:{free_port()}"]
    with running(by_node, out, NODE_PATH=str(packages)):
        wait_for(lambda: "\n" in out.read_text(), 20, "a line")
    assert re.match(r"broker: connect ECONNREFUSED 127\.0\.0\.1:\d+\n", out.read_text())


def test_a_host_is_enough() -> None:
    command = [PYTHON, str(RECIPES / "subscribe.py"), "no-such-host.invalid"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert "gaierror" in done.stderr.splitlines()[-1]


def test_they_are_ten_lines() -> None:
    text = (RECIPES / "subscribe.py").read_text()
    tree = ast.parse(text)
    documented = tree.body[0].end_lineno or 0
    python = text.splitlines()[documented:]
    javascript = (RECIPES / "subscribe.js").read_text().splitlines()
    for lines in (python, javascript):
        code = [line for line in lines if line.strip() and not line.lstrip().startswith("//")]
        assert 5 < len(code) <= 10
