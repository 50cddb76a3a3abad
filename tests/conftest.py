"""Fixtures that every part of the tests may use."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgepose.messages.page import Page
from tests.harness.broker import Broker
from tests.harness.lanes import Lanes
from tests.harness.media import MEDIA
from tests.harness.node import LEAST, Node
from tests.harness.node_red import Unreachable, install

CHECKOUT = Path(__file__).resolve().parents[1]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Lanes:
    """Give each lane of the tests to one process."""
    return Lanes(config, log)


@pytest.fixture(scope="session")
def media() -> Path:
    """The folder of real pictures and films; the only way by which tests reach it."""
    if not MEDIA.is_dir():
        pytest.skip(f"SKIPPED: the real pictures are not at {MEDIA}")
    return MEDIA


@pytest.fixture(scope="session")
def model_full() -> Path:
    """The full bundle; `./scripts/test` fetches or builds it before pytest starts."""
    bundle = CHECKOUT / "models" / "pose_landmarker_full.task"
    assert bundle.is_file(), f"{bundle} is missing: run `edgepose model get full`"
    return bundle


@pytest.fixture(scope="session")
def node() -> Node:
    """Node, for what subscribers run in JavaScript."""
    found = Node.find()
    if found is None:
        pytest.skip(f"SKIPPED: no node of version {LEAST} or newer in PATH")
    return found


@pytest.fixture(scope="session")
def packages(node: Node) -> Path:  # noqa: ARG001 - they are of no use without it
    """The folder node_modules with what the tests need of npm, Node-RED and playwright among it."""
    if shutil.which("npm") is None:
        pytest.skip("SKIPPED: no npm in PATH, which fetches packages")
    try:
        return install()
    except Unreachable as error:
        if "CI" in os.environ:
            pytest.fail(f"npm cannot fetch its packages: {error}", pytrace=False)
        pytest.skip("SKIPPED: the registry of npm is out of reach, and .cache has none of it")


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A mosquitto that lets everybody in."""
    with Broker(tmp_path) as running:
        yield running


@pytest.fixture
def page() -> Iterator[Page]:
    """A page of counters as a vision process begins with."""
    fd = Page.create()
    page = Page(fd)
    os.close(fd)
    yield page
    page.close()
