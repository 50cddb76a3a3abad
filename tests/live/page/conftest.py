"""One Chromium and one daemon for all tests of the page."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.harness.broker import Broker
from tests.harness.browser import Browser, Tab
from tests.harness.node import Node
from tests.live.page.house import House


@pytest.fixture(scope="package")
def browser(node: Node, packages: Path) -> Iterator[Browser]:
    """A Chromium."""
    with Browser(node, packages) as running:
        yield running


@pytest.fixture(scope="package")
def house(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, model_full: Path
) -> Iterator[House]:
    """A daemon whose actor waves; a test leaves it as it found it."""
    assert model_full
    folder = tmp_path_factory.mktemp("house")
    with Broker(folder) as broker, House(folder, broker, browser) as running:
        yield running


@pytest.fixture
def tab(house: House) -> Iterator[Tab]:
    """A window with the page, in which somebody is drawn."""
    entered = house.enter()
    yield entered
    entered.run("await context.close()")
