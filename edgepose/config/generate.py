"""The files made from the declarations: `python -m edgepose.config.generate` writes them.

Owns the commented default file. Pure but for `main`, which writes into the checkout.
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import yaml

from edgepose.config.declare import Cost
from edgepose.config.keys import Key, keys, section_at
from edgepose.errors import EX_UNAVAILABLE

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_FILE = CHECKOUT / "config" / "edgepose.yaml"

_HEAD = """\
The configuration of edgepose. Every key stands here with its default value; a key that is left
out has it too. `edgepose check FILE` tells every mistake in a file, with its line.

Above each key: what it is, what it allows, and what a change of it touches. A changed file is
read when edgepose is started again.
"""
_COSTS = {
    Cost.LIVE: "nothing else",
    Cost.REBUILD_VISION: "the camera and the engine",
    Cost.RECONNECT: "the connection to the broker",
}
_WIDTH = 98


def default_file() -> str:
    """Give the commented default file; it loads as `Config()`."""
    lines = [f"# {line}".rstrip() for line in _HEAD.splitlines()]
    used = {key.cost for key in keys()}
    lines += [f"#   {cost}: {words}" for cost, words in _COSTS.items() if cost in used]
    opened: set[tuple[str, ...]] = set()
    for key in keys():
        for depth in range(1, len(key.path)):
            if key.path[:depth] not in opened:
                opened.add(key.path[:depth])
                lines += ["", *_section(key.path[:depth])]
        lines += _key(key)
    return "\n".join(lines) + "\n"


def flow(value: object) -> str:
    """Write a value as YAML on one line, in quotes only where it needs them."""
    plain = list(value) if isinstance(value, tuple) else value
    if isinstance(plain, float) and plain.is_integer():
        plain = int(plain)
    listed = yaml.safe_dump([plain], default_flow_style=True, width=sys.maxsize)
    return listed.strip()[1:-1]


def _section(path: tuple[str, ...]) -> Iterator[str]:
    indent = "  " * (len(path) - 1)
    yield f"{indent}# {(section_at(path).__doc__ or '').splitlines()[0]}"
    yield f"{indent}{path[-1]}:"


def _key(key: Key) -> Iterator[str]:
    indent = "  " * (len(key.path) - 1)
    example = "" if key.example == key.default else f" Example: {flow(key.example)}."
    for told in (key.text, f"Allowed: {key.allowed}.{example} Change: {key.cost}."):
        for line in textwrap.wrap(told, _WIDTH - len(indent), break_on_hyphens=False):
            yield f"{indent}# {line}"
    yield f"{indent}{key.path[-1]}: {flow(key.default)}"


def main() -> int:
    """Write the generated files into the checkout that this module is part of."""
    if not (CHECKOUT / "pyproject.toml").is_file():
        print(f"{CHECKOUT} is no checkout of edgepose: run this there", file=sys.stderr)
        return EX_UNAVAILABLE
    DEFAULT_FILE.write_text(default_file(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
