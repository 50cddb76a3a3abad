"""Node-RED, and the npm packages that the recipes use.

`install` puts what tests/recipes/node/package-lock.json pins into .cache, once; `NodeRed` runs a
flow. Called from the test's thread, which waits. `Unreachable` is raised where the registry of
packages is; AssertionError, with npm's last words, for all else that goes wrong.
"""

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.harness.node import Node
from tests.harness.wait import wait_for

CHECKOUT: Final = Path(__file__).resolve().parents[2]
PINNED: Final = CHECKOUT / "tests" / "recipes" / "node"
CACHE: Final = CHECKOUT / ".cache" / "node"
_INSTALL_LIMIT_S: Final = 600
# Without scripts and compiled parts: Node-RED has plain JavaScript for the one that it likes.
_NPM_CI: Final = "ci --omit=optional --ignore-scripts --no-audit --no-fund --fetch-retries=1"
_AWAY: Final = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ENETUNREACH", "EHOSTUNREACH", "TIMEOUT")

_SETTINGS: Final = """module.exports = {
    flowFile: "flows.json",
    credentialSecret: false,
    // No editor, no port, and nothing that asks for news.
    httpAdminRoot: false,
    httpNodeRoot: false,
    telemetry: { enabled: false, updateNotification: false },
    externalModules: { autoInstall: false, palette: { allowInstall: false } },
    %s
};
"""


class Unreachable(Exception):
    """The registry of npm cannot be reached from here."""


def install() -> Path:
    """The folder node_modules with the pinned packages; fetches them (30 MB) the first time."""
    lock = (PINNED / "package-lock.json").read_bytes()
    kept = CACHE / hashlib.sha256(lock).hexdigest()[:12]
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / "lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not kept.is_dir():
            for old in CACHE.glob("*/"):
                shutil.rmtree(old)
            building = CACHE / "building"
            shutil.copytree(PINNED, building)
            _npm_ci(building)
            building.rename(kept)
    return kept / "node_modules"


def _npm_ci(folder: Path) -> None:
    downloads = folder / "downloads"
    done = subprocess.run(
        ["npm", *_NPM_CI.split(), f"--cache={downloads}"],
        cwd=folder,
        env={**os.environ, "npm_config_update_notifier": "false"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_INSTALL_LIMIT_S,
        check=False,
    )
    said = done.stdout + done.stderr
    if done.returncode != 0 and any(word in said for word in _AWAY):
        told = [line for line in said.splitlines() if any(word in line for word in _AWAY)]
        raise Unreachable(told[-1])
    assert done.returncode == 0, f"npm ci: {said}"
    shutil.rmtree(downloads, ignore_errors=True)


def with_broker(flow: list[dict[str, Any]], port: int) -> list[dict[str, Any]]:
    """The flow with the one change that a user makes in the editor: which broker it is."""
    return [
        {**each, "broker": "127.0.0.1", "port": str(port)}
        if each["type"] == "mqtt-broker"
        else each
        for each in flow
    ]


class NodeRed:
    """A Node-RED that runs `flow`. `settings` are lines for its settings.js.

    `folder` is its user directory: what a line of the settings requires lies there.
    """

    def __init__(
        self,
        node: Node,
        packages: Path,
        folder: Path,
        flow: list[dict[str, Any]],
        settings: str = "",
    ) -> None:
        (folder / "flows.json").write_text(json.dumps(flow))
        (folder / "settings.js").write_text(_SETTINGS % settings)
        self._log = folder / "node-red.log"
        red = packages / "node-red" / "red.js"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                [node.program, red, "--userDir", folder, "--settings", folder / "settings.js"],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        """What it wrote so far."""
        return self._log.read_text()

    def wait_connected(self, limit_s: float = 60) -> None:
        """Wait until the flow runs and is let in by its broker."""

        def connected() -> bool:
            assert self._process.poll() is None, self.log
            return "Connected to broker" in self.log

        wait_for(connected, limit_s, "Node-RED is connected")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(10)
        self._process.kill()
        self._process.wait(10)
