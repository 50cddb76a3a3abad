"""Makes the README's pictures anew, and says how large they are."""

import argparse
import sys
from pathlib import Path

from tests.harness.browser import Browser
from tests.harness.node import Node
from tests.harness.node_red import install
from tests.pictures.make import FOLDER, make


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.pictures", description=__doc__)
    parser.add_argument("--to", type=Path, default=FOLDER, help="the folder to write them into")
    arguments = parser.parse_args()
    node = Node.find()
    if node is None:
        print("node is missing: `apt-get install nodejs npm`", file=sys.stderr)
        return 69
    with Browser(node, install()) as browser:
        for path in make(arguments.to, browser):
            print(f"{path.stat().st_size:7,} bytes  {path}")
    return 0


sys.exit(main())
