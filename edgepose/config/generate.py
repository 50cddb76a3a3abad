"""The files made from the declarations: `python -m edgepose.config.generate` writes them.

Owns the commented default file, and which files there are; `schema.py` and `reference.py` make the
others. Pure but for `main`, which writes into the checkout.
"""

import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

from edgepose.config.declare import Cost
from edgepose.config.keys import Key, keys, section_at
from edgepose.config.reference import reference
from edgepose.config.schema import schema_file
from edgepose.config.yaml_value import flow
from edgepose.errors import EX_UNAVAILABLE

CHECKOUT = Path(__file__).resolve().parents[2]
DEFAULT_FILE = CHECKOUT / "config" / "edgepose.yaml"
SCHEMA_FILE = DEFAULT_FILE.with_name("edgepose.schema.json")
REFERENCE_FILE = DEFAULT_FILE.with_name("REFERENCE.md")

# Where scripts/install puts the schema. Editors without it say so once, and edit as before.
_HEAD = """\
yaml-language-server: $schema=/opt/edgepose/share/edgepose/config/edgepose.schema.json

The configuration of edgepose. Every key stands here with its default value; a key that is left
out has it too. `edgepose check FILE` tells every mistake in a file, with its line.

Saving this file is enough: edgepose checks it as a whole, and what changed takes effect at once.
With a mistake in it nothing changes; `systemctl status edgepose` and the journal then tell the
line and what is wrong with it.

Above each key: what it is, what it allows, and what a change of it touches:
"""
_COSTS = {
    Cost.LIVE: "nothing else",
    Cost.REBUILD_VISION: "the camera and the engine",
    Cost.RECONNECT: "the connection to the broker",
}
_WIDTH = 98


def generated() -> dict[Path, str]:
    """Give every generated file with its text."""
    return {
        DEFAULT_FILE: default_file(),
        SCHEMA_FILE: schema_file(),
        REFERENCE_FILE: reference(),
    }


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
    for path, text in generated().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
