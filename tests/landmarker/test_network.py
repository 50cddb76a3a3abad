"""The library sends its maker nothing, and the program around it keeps its network."""

import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.harness import trace
from tests.harness.connections import seen_in
from tests.landmarker import networked


@pytest.mark.slow
@pytest.mark.parametrize("engine", ["mediapipe", "litert"])
def test_only_the_program_connects(tmp_path: Path, model_full: Path, engine: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        done = subprocess.run(
            [
                *trace.strace(tmp_path / "calls", f"{trace.CALLS},sendto,sendmsg,sendmmsg"),
                "-yy",
                *(sys.executable, "-m", networked.__name__, engine, str(model_full), str(port)),
            ],
            stdout=subprocess.PIPE,
            text=True,
            timeout=60,
            check=True,
        )
    behind, from_main, from_callback = json.loads(done.stdout)
    assert set(behind) == {1}
    assert from_main == "connected"
    assert from_callback == ["connected"]
    calls = trace.calls_of(tmp_path / "calls", networked.__name__)
    assert seen_in(calls, {f"127.0.0.1:{port}": "the program's"}) == {"TCP the program's"}
