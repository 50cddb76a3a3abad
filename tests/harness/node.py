"""Node, for what runs in JavaScript: finds it and runs a script to its end.

Owns no script. Called from the test's thread, which waits. Raises AssertionError, with what Node
printed, where a script fails or does not end.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LEAST: Final = 18
"""The oldest major version that the project's JavaScript promises to run on."""
LIMIT_S: Final = 120
"""For a script that hangs; no test waits for it on purpose."""


@dataclass(frozen=True, slots=True)
class Node:
    """A Node of LEAST or newer. `version` is as it prints it, without the v."""

    program: str
    version: str

    @classmethod
    def find(cls) -> "Node | None":
        """The `node` in PATH; None where there is none, or too old a one."""
        program = shutil.which("node")
        if program is None:
            return None
        done = subprocess.run([program, "--version"], check=True, capture_output=True, text=True)
        version = done.stdout.strip().removeprefix("v")
        return cls(program, version) if int(version.split(".")[0]) >= LEAST else None

    def run(self, script: Path, *arguments: object, stdin: str | bytes = b"") -> str:
        """Run a file with these arguments; give what it printed."""
        return self._run([str(script), *map(str, arguments)], stdin, None)

    def eval(self, code: str, *arguments: object, stdin: str | bytes = b"", cwd: Path) -> str:
        """Run code, for which `require` looks from `cwd`; `process.argv[1]` is the first argument.

        Give what it printed.
        """
        return self._run(["-e", code, "--", *map(str, arguments)], stdin, cwd)

    def _run(self, words: list[str], stdin: str | bytes, cwd: Path | None) -> str:
        sent = stdin.encode() if isinstance(stdin, str) else stdin
        done = subprocess.run(
            [self.program, *words],
            input=sent,
            cwd=cwd,
            check=False,
            capture_output=True,
            timeout=LIMIT_S,
        )
        assert done.returncode == 0, f"node: {done.returncode}\n{done.stderr.decode()}"
        return done.stdout.decode()
