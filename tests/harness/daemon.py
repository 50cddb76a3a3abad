"""`edgepose run`, started as a user would."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml

from tests.harness.wait import wait_for

DEVICE: Final = "tested"
PYTHON: Final = os.environ.get("EDGEPOSE_PYTHON", sys.executable)
"""What runs the daemon: where this is set, an edgepose that was installed from its wheel."""
RATE: Final = 10.0
"""Frames a second that a test's daemon looks at, where the test does not say another number."""
AT_30: Final[dict[str, Any]] = {"camera": {"rate": 30}}
"""A config for tests of what a device at its usual rate does when it cannot keep up."""
MEDIAPIPE: Final[dict[str, Any]] = {"detection": {"engine": "mediapipe"}}
"""A config for tests that it may make a difference to."""


def config_text(port: int, config: dict[str, Any] | None = None) -> str:
    """`config`, merged over a small one for the tests, as it stands in a file."""
    merged: dict[str, Any] = {
        "device": {"id": DEVICE},
        # Less than the 30 of a device: each frame costs two busy cores some 20 ms. What they miss
        # or are too late for depends on the rate, and such tests name it.
        "camera": {"source": "actor", "rate": RATE},
        # Named: to try which one works takes a second of each start. And the one that opens in less
        # time; a test that MediaPipe may make a difference to asks for it.
        "detection": {"engine": "litert"},
        "mqtt": {"host": "127.0.0.1", "port": port},
        "health": {"interval": 1},
    }
    for section, keys in (config or {}).items():
        merged[section] = {**merged.get(section, {}), **keys}
    return yaml.safe_dump(merged)


class Daemon:
    """The daemon with `config_text(port, config)` as its file, or with the `file` that is there."""

    def __init__(
        self,
        folder: Path,
        port: int,
        config: dict[str, Any] | None = None,
        *prefix: str,
        file: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.config = file or folder / "edgepose.yaml"
        if file is None:
            self.config.write_text(config_text(port, config))
        self._log = folder / "edgepose.log"
        with self._log.open("wb") as log:
            self.process = subprocess.Popen(
                [*prefix, PYTHON, "-m", "edgepose", "run", "--config", str(self.config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folder,
                env={**os.environ, **(environment or {})},
            )

    def save(self, data: bytes) -> None:
        """Save the config as an editor does: a new file takes the old one's place."""
        fresh = self.config.with_suffix(".saved")
        fresh.write_bytes(data)
        fresh.replace(self.config)

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text()

    def wait_log(self, text: str, limit_s: float = 20) -> None:
        """Wait until it has written `text`."""
        wait_for(lambda: text in self.log, limit_s, f"{text!r} in the log: {self.log}")

    @property
    def pid(self) -> int:
        """Process id of the daemon, also under a tracer."""
        if _is(self.process.pid):
            return self.process.pid
        return next(filter(_is, _children(self.process.pid)), 0)

    @property
    def vision_pid(self) -> int | None:
        """Process id of the vision process, None while there is none."""
        return next(iter(self.vision_pids), None)

    @property
    def vision_pids(self) -> list[int]:
        """Process ids of every vision process that it has at this moment."""
        return [p for p in _children(self.pid) if _is(p, "edgepose.vision")]

    @property
    def trial_pid(self) -> int | None:
        """Process id of the trial of MediaPipe, None while there is none."""
        return next((p for p in _children(self.pid) if _is(p, "edgepose.vision.trial")), None)

    def wait_vision(self, other_than: int | None = None, limit_s: float = 20) -> int:
        """Wait for a vision process (another one than `other_than`)."""

        def found() -> int | None:
            pid = self.vision_pid
            return pid if pid != other_than else None

        return wait_for(found, limit_s, "a vision process")

    def stop(self, limit_s: float = 10) -> int:
        """SIGTERM, and the exit status."""
        # To the daemon itself: a tracer before it keeps the signal.
        os.kill(self.pid, signal.SIGTERM)
        return self.process.wait(limit_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        vision = self.vision_pid
        for pid in (self.process.pid, vision):
            with contextlib.suppress(ProcessLookupError):
                if pid and (pid == vision or self.process.poll() is None):
                    os.kill(pid, signal.SIGKILL)
        self.process.wait(10)


def _children(pid: int) -> list[int]:
    found = []
    for entry in Path("/proc").iterdir():
        # Not by a pattern with `stat` in it: what ends meanwhile would be an error.
        with contextlib.suppress(OSError):
            if not entry.name.isdecimal():
                continue
            # Behind the name, which may hold anything: state, parent.
            if int((entry / "stat").read_text().rpartition(")")[2].split()[1]) == pid:
                found.append(int(entry.name))
    return found


def _is(pid: int, module: str = "edgepose") -> bool:
    with contextlib.suppress(OSError):
        program, *words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        return b"python" in program and module.encode() in words
    return False
