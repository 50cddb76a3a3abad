"""Fixtures of the recipes' tests."""

import os
import shutil
from pathlib import Path

import pytest

from tests.harness.node import Node
from tests.harness.node_red import Unreachable, install


@pytest.fixture(scope="session")
def packages(node: Node) -> Path:  # noqa: ARG001 - they are of no use without it
    """The folder node_modules with what the recipes in JavaScript need, Node-RED among it."""
    if shutil.which("npm") is None:
        pytest.skip("SKIPPED: no npm in PATH, which fetches Node-RED")
    try:
        return install()
    except Unreachable as error:
        if "CI" in os.environ:
            pytest.fail(f"Node-RED cannot be fetched: {error}", pytrace=False)
        pytest.skip("SKIPPED: the registry of npm is out of reach, and Node-RED is not in .cache")
