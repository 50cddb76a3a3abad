"""A root, booted: systemd is its process 1, in name spaces of its own.

`Machine` is one boot after the other of the same files. It starts `keeper.py`, which takes
everything away when this process ends in any way; the files stay. Commands run as root inside, in
a small environment of their own. Called from the test's thread only. `AssertionError` with the
output when a command fails or takes too long.
"""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Literal, NamedTuple, Self

from tests.appliance.files import Files
from tests.harness.wait import wait_for

KEEPER: Final = Path(__file__).with_name("keeper.py")
UP: Final = ("running", "degraded")
ENVIRONMENT: Final = {
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "DEBIAN_FRONTEND": "noninteractive",
}


class Bind(NamedTuple):
    """A folder of this computer that is seen inside too."""

    source: Path
    target: Path
    mode: Literal["ro", "rw"] = "ro"


@dataclass
class Machine:
    """`network`: `shared` with this computer, ports included, or `none` but the loopback."""

    files: Files
    network: Literal["shared", "none"] = "shared"
    binds: Sequence[Bind] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    _keeper: subprocess.Popen[str] | None = None
    _init: int = 0

    def boot(self, limit_s: float = 30) -> None:
        """Start systemd and wait until it has started all units."""
        assert self._keeper is None, "the machine runs already"
        for bind in self.binds:
            bind.source.mkdir(parents=True, exist_ok=True)
        binds = [str(word) for bind in self.binds for word in bind]
        where = [str(self.files.holder), str(self.files.place), self.cgroup, self.network]
        keeper = subprocess.Popen(
            [sys.executable, "-I", KEEPER, *where, *binds],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A Ctrl-C is for the tests; the keeper sees our end of the pipe close.
            start_new_session=True,
        )
        self._keeper = keeper
        assert keeper.stdout is not None
        try:
            self._init = int(keeper.stdout.readline() or 0)
            assert self._init, "the machine does not boot"
            wait_for(lambda: self.state in UP, limit_s, "systemd has started all units")
        except BaseException:
            # Nobody else would end it.
            self.cut_power()
            raise

    @property
    def root(self) -> Path:
        """Its files, seen from outside; below /dev, /proc, /run, /sys and /tmp it has others."""
        return self.files.root

    @property
    def init(self) -> int:
        """Its process 1, as this computer counts."""
        return self._init

    @property
    def cgroup(self) -> str:
        """Name of the control group that holds all its processes, and nothing else."""
        return f"edgepose-rehearsal-{os.getpid()}-{id(self):x}"

    @property
    def state(self) -> str:
        """What `systemctl is-system-running` says; empty before it can."""
        done = self.run("systemctl", "is-system-running", check=False)
        return done.stdout.strip()

    def _inside(self, command: Sequence[str], env: Mapping[str, str] | None) -> list[str]:
        assert self._keeper is not None, "the machine is off"
        init = str(self._init)
        spaces = ["--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root"]
        enter = ["nsenter", "--target", init, *spaces]
        if self.network == "none":
            enter.append("--net")
        merged = {**ENVIRONMENT, **self.environment, **(env or {})}
        words = [f"{name}={value}" for name, value in merged.items()]
        # A command that takes too long ends with the nsenter before it.
        bound = ["/usr/bin/setpriv", "--pdeathsig", "KILL"]
        return [*enter, *bound, "/usr/bin/env", "-i", "-C", merged["HOME"], *words, *command]

    def run(
        self,
        *command: str,
        check: bool = True,
        timeout: float = 60,
        env: Mapping[str, str] | None = None,
        stdin: str = "",
    ) -> subprocess.CompletedProcess[str]:
        """Run a command inside to its end."""
        try:
            done = subprocess.run(
                self._inside(command, env),
                check=False,
                capture_output=True,
                text=True,
                errors="replace",
                input=stdin,
                timeout=timeout,
            )
        except subprocess.TimeoutExpired as late:
            raise AssertionError(f"{command}: not within {timeout:g} s: {late.output}") from None
        said = f"{command}: status {done.returncode}\n{done.stdout}{done.stderr}"
        assert not check or done.returncode == 0, said
        return done

    def start(
        self,
        *command: str,
        stdout: int | IO[Any] = subprocess.PIPE,
        env: Mapping[str, str] | None = None,
    ) -> subprocess.Popen[str]:
        """Start a command inside; what it says on both outputs is on `stdout`."""
        return subprocess.Popen(
            self._inside(command, env),
            stdin=subprocess.DEVNULL,
            stdout=stdout,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def wait_for(self, *command: str, says: str = "", limit_s: float = 20) -> str:
        """Repeat a command until it succeeds and `says` is in its output, which is given back."""

        def output() -> str | None:
            done = self.run(*command, check=False)
            told = done.returncode == 0 and says in done.stdout
            return (done.stdout or " ") if told else None

        return wait_for(output, limit_s, f"{' '.join(command)}: {says}", step_s=0.1)

    def show(self, unit: str, *properties: str) -> dict[str, str]:
        """Properties of a unit, by name."""
        asked = [f"--property={','.join(properties)}"] if properties else []
        lines = self.run("systemctl", "show", unit, *asked).stdout.splitlines()
        return {name: value for name, _, value in (line.partition("=") for line in lines)}

    def journal(self, unit: str, fields: Iterable[str] = ()) -> list[dict[str, Any]]:
        """What a unit, and systemd about it, wrote since the boot.

        Each entry has all its fields unless some are named. A field that was given more than
        once is a list.
        """
        asked = ["-b", "-o", "json", "-u", unit]
        if fields:
            asked.append(f"--output-fields={','.join(fields)}")
        self.run("journalctl", "--sync")
        lines = self.run("journalctl", *asked).stdout.splitlines()
        return [
            {name: _as_text(value) for name, value in json.loads(line).items()} for line in lines
        ]

    def shutdown(self, limit_s: float = 30) -> None:
        """Stop all units, as `poweroff` does, then the machine; cut the power after the limit."""
        if self._keeper is not None and self._keeper.poll() is None:
            self.run("systemctl", "poweroff", check=False)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._keeper.wait(limit_s)
        self.cut_power()

    def cut_power(self) -> None:
        """End everything at once; no unit is told."""
        if self._keeper is None:
            return
        keeper, self._keeper = self._keeper, None
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        keeper.stdin.close()
        keeper.stdout.close()
        assert keeper.wait(60) == 0, "the keeper could not clean up, or the machine did not boot"

    def __enter__(self) -> Self:
        """Boot it; the power is cut at the end of the block."""
        self.boot()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.cut_power()


def _as_text(value: Any) -> Any:
    """Make text of a field that holds control characters: journalctl writes it byte by byte."""
    if isinstance(value, list) and all(isinstance(byte, int) for byte in value):
        return bytes(value).decode(errors="replace")
    return value
