"""Names, order and connections as JSON: `python -m edgepose.messages.landmarks_file` writes it.

For programs in any language: `config/landmarks.json` says in itself what its keys mean. Pure but
for `main`, which writes into the checkout.
"""

import json
import os
import sys
import textwrap
from pathlib import Path
from typing import Any, Final

from edgepose.messages.landmarks import BLAZEPOSE33, SETS, SKELETONS, SetName
from edgepose.messages.pose import POSTURES, Landmark, WorldLandmark

FILE: Final = Path(__file__).resolve().parents[2] / "config" / "landmarks.json"
_KEYS: Final = {
    "row": "what a landmark's row in `landmarks` of a json message holds, in order",
    "world_row": "the same for a row in `world`, in metres from mid-hip",
    "postures": "the postures; the packed format sends the index",
    "sets": "the sets of landmarks, by the name that a json message has in `set`",
    "sets.*.number": "the set's number in the packed format",
    "sets.*.landmarks": "in the order of a message's rows",
    "sets.*.landmarks.index": "the row's index in a message of this set",
    "sets.*.landmarks.name": "MediaPipe's name; left and right are the person's own",
    "sets.*.landmarks.blazepose33": "the same landmark's index among the 33",
    "sets.*.connections": "pairs of indices of this set: join them with a line to draw a skeleton",
}


def landmarks_file() -> str:
    """The text of the file."""
    body = {
        "about": "Names, indices and connections of the body landmarks in edgepose's messages.",
        "keys": _KEYS,
        "row": Landmark._fields,
        "world_row": WorldLandmark._fields,
        "postures": POSTURES,
        "sets": {name: _set(number, name) for number, name in enumerate(SETS)},
    }
    return _text(body) + "\n"


def _set(number: int, name: SetName) -> dict[str, Any]:
    landmarks = [
        {"index": index, "name": each, "blazepose33": BLAZEPOSE33.index(each)}
        for index, each in enumerate(SETS[name])
    ]
    return {"number": number, "landmarks": landmarks, "connections": SKELETONS[name]}


def _text(value: Any, indent: str = "") -> str:
    """JSON with what fits on a line on one line."""
    line = json.dumps(value)
    if len(indent) + len(line) <= 96:
        return line
    deeper = indent + "  "
    if isinstance(value, dict):
        parts = [f"{json.dumps(key)}: {_text(each, deeper)}" for key, each in value.items()]
        opening, closing = "{}"
    elif isinstance(value[0], dict):
        parts = [_text(each, deeper) for each in value]
        opening, closing = "[]"
    else:
        # Pairs: many on a line, none of them broken.
        pairs = ", ".join(json.dumps(each, separators=(",", ":")) for each in value)
        parts = ["\n".join(textwrap.wrap(pairs, 96 - len(deeper), subsequent_indent=deeper))]
        opening, closing = "[]"
    return f"{opening}\n{deeper}" + f",\n{deeper}".join(parts) + f"\n{indent}{closing}"


def main() -> int:
    """Write the file into the checkout that this module is part of."""
    if not (FILE.parents[1] / "pyproject.toml").is_file():
        print(f"{FILE.parents[1]} is no checkout of edgepose: run this there", file=sys.stderr)
        return os.EX_UNAVAILABLE
    FILE.write_text(landmarks_file(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
