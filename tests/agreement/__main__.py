"""Measures how well the engines agree, and prints it or writes it into the overview."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from tests.agreement.measure import Measurement, Row
from tests.harness.media import MEDIA
from tests.harness.sandboxed import sandboxed

CHECKOUT = Path(__file__).resolve().parents[2]
OVERVIEW = CHECKOUT / "edgepose" / "README.md"
BEGIN, END = "<!-- agreement -->", "<!-- end of agreement -->"


def table(rows: list[Row], accuracy: dict[str, tuple[int, int]]) -> str:
    """The table in Markdown."""
    lines = [
        "| shown | pictures | people | distance, median | 95% below | visibility | same number |",
        "|---|---|---|---|---|---|---|",
    ]
    for row in rows:
        seen = row.seen
        measured = (f"{seen.median:.3%}", f"{seen.p95:.3%}", f"{seen.visibility:.4f}")
        if not seen.people:
            measured = ("", "", "")
        cells = (row.title, seen.pictures, seen.people, *measured, f"{seen.same_number:.1%}")
        lines.append("| " + " | ".join(map(str, cells)) + " |")
    found = {name: f"{right / total:.1%}" for name, (right, total) in accuracy.items()}
    lines += [
        "",
        f"Annotated joints found (PCK at 0.2 of the torso, {accuracy['litert'][1]} joints): "
        f"MediaPipe {found['mediapipe']}, LiteRT {found['litert']}.",
    ]
    return "\n".join(lines)


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="python -m tests.agreement", description=__doc__)
    parser.add_argument("--media", type=Path, default=MEDIA)
    parser.add_argument(
        "--model", type=Path, default=CHECKOUT / "models" / "pose_landmarker_full.task"
    )
    parser.add_argument("--write", action="store_true", help="put the table into the overview")
    parser.add_argument("--json", action="store_true", help="print JSON")
    arguments = parser.parse_args()
    rows = []
    with sandboxed() as pool:
        measurement = Measurement(pool, arguments.model, arguments.media)
        for row in measurement.everything():
            print(row.title, file=sys.stderr)
            rows.append(row)
    if arguments.json:
        print(json.dumps({"rows": [asdict(r) for r in rows], "pck": measurement.accuracy}))
        return 0
    shown = table(rows, measurement.accuracy)
    print(shown)
    if arguments.write:
        before, rest = OVERVIEW.read_text().split(BEGIN)
        after = rest.split(END)[1]
        OVERVIEW.write_text(f"{before}{BEGIN}\n{shown}\n{END}{after}")
    return 0


sys.exit(main())
