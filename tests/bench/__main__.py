"""Measures and prints JSON: `python -m tests.bench [--quick] [--only NAME ...]`.

Exit status 0 also where a number falls short: machines are noisy, and a reader judges.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from edgepose.errors import UserError
from edgepose.models.resolve import resolve
from tests.bench import (
    decoding,
    detecting,
    encoding,
    engines,
    faults,
    fleet,
    footage,
    footprint,
    idle,
    latency,
    live,
    machine,
    mutants,
    reload,
    service,
    soak,
    start,
    throughput,
)
from tests.bench.number import Number
from tests.bench.setting import Setting

PARTS: Final[dict[str, Callable[[Setting], dict[str, Number]]]] = {
    "encoding": encoding.measure,
    "decoding": decoding.measure,
    "start": start.measure,
    "footprint": footprint.measure,
    "idle": idle.measure,
    "latency": latency.measure,
    "live": live.measure,
    "throughput": throughput.measure,
    "engines": engines.measure,
    "detect": detecting.measure,
    "fleet": fleet.measure,
    "reload": reload.measure,
    "service": service.measure,
    "mutants": mutants.measure,
    "faults": faults.measure,
    "soak": soak.measure,
}
LONG: Final = {"service", "mutants", "faults", "soak"}
"""An installation, and runs of many minutes."""


def main(arguments: list[str] | None = None) -> int:
    """Run the benchmark; the JSON goes to stdout, progress to stderr."""
    parser = argparse.ArgumentParser(
        prog="scripts/bench", description="Measures edgepose beside its rivals; prints JSON."
    )
    parser.add_argument("--quick", action="store_true", help="fewer repetitions")
    parser.add_argument(
        "--only", nargs="+", choices=PARTS, default=[n for n in PARTS if n not in LONG],
        metavar="NAME",
        help=f"measure these alone: {', '.join(PARTS)}; only when named: service, an installation,"
        " and mutants, faults and soak, which take many minutes",
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=20, help="how long soak takes; 20")
    options = parser.parse_args(arguments)
    report = {"machine": machine.describe(), "footage": footage.name(), "quick": options.quick}
    numbers: dict[str, Number] = {}
    try:
        with tempfile.TemporaryDirectory(prefix="edgepose-bench-") as folder:
            setting = Setting(Path(folder), resolve("full").path, options.quick, options.minutes)
            for name in dict.fromkeys(options.only):
                numbers |= PARTS[name](setting)
    except UserError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    report["numbers"] = {name: number.as_json() for name, number in numbers.items()}
    print(json.dumps(report, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
