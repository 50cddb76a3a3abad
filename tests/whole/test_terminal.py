"""`edgepose run` by hand, in a terminal."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import PYTHON, config_text
from tests.harness.subscriber import Subscriber
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]


def test_it_ends_in_good_order_with_its_terminal(tmp_path: Path, broker: Broker) -> None:
    config = tmp_path / "edgepose.yaml"
    config.write_text(config_text(broker.port))
    ours, theirs = pty.openpty()
    with Subscriber(broker.port) as stranger:
        process = subprocess.Popen(
            ["setsid", "--ctty", "--wait", PYTHON, "-m", "edgepose", "run", "--config", config],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=theirs,
            cwd=tmp_path,
        )
        os.close(theirs)
        try:
            stranger.wait_poses(5)
            # Whoever looks on sees when each line came.
            said = os.read(ours, 65536).decode().splitlines()
            assert re.match("[0-2][0-9]:[0-5][0-9]:[0-5][0-9] INFO: ", said[0])
            # As when the window is closed, or the SSH connection is lost.
            os.close(ours)
            assert process.wait(10) == 0
        finally:
            process.kill()
        wait_for(lambda: stranger.availability()[-1:] == ["offline"], 5, "offline")
