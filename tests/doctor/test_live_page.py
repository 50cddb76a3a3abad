"""The live page: does it answer, and what does it show to whom."""

import asyncio
import http.server
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any, Final

from edgepose.config.access import oneself
from edgepose.config.model import Config, Live
from edgepose.config.running import Running
from edgepose.doctor.case import Case
from edgepose.doctor.live_page import look
from tests.live.opened import Door, Opened
from tests.mqtt.drive import drive

GOOD: Final = {"running": "1", "on_disk": "1", "last": {"result": "accepted", "errors": []}}
OLD: Final = {**GOOD, "on_disk": None, "last": {"result": "refused", "errors": []}}


def told(door: Door, report: dict[str, Any] | None = None, **page: Any) -> list[tuple[str, str]]:
    config = Config(live=Live(**{"enabled": True, "port": door.port, **page}))
    running = None if report is None else Running(os.getpid(), Path("a"), report, {})
    case = Case(None, None, config, running, None, Path(sys.executable), oneself())
    return [(each.level, each.message) for each in look(case)]


def test_one_that_answers(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened:
            ((level, message),) = await asyncio.to_thread(told, opened, GOOD)
            assert (level, message) == ("ok", f"answers on {opened.url}/")
            # So it does where nothing runs as a service.
            by_hand = f"an edgepose that you run by hand answers on {opened.url}/"
            assert await asyncio.to_thread(told, opened) == [("note", by_hand)]
            # What it shows to whom is another matter.
            levels = await asyncio.to_thread(told, opened, GOOD, camera_picture=True)
            assert [level for level, _ in levels] == ["warning", "ok"]
            assert "live.camera_picture is true" in levels[0][1]

    drive(main())


def test_who_needs_no_token_is_told_beyond_this_machine_only(tmp_path: Path) -> None:
    door = Door(tmp_path)
    assert [each[0] for each in told(door, OLD, require_token=False)] == ["note"]
    levels = told(door, OLD, require_token=False, host="0.0.0.0")
    assert levels[1] == ("warning", "whoever reaches it sees it: live.require_token is false")


def test_nothing_and_somebody_else_on_its_port(tmp_path: Path) -> None:
    door = Door(tmp_path)
    ((level, message),) = told(door, GOOD)
    assert (level, "Connection refused" in message) == ("failure", True)
    ((level, message),) = told(door)
    assert level == "note"
    server = http.server.HTTPServer(
        ("127.0.0.1", door.port), http.server.BaseHTTPRequestHandler, bind_and_activate=True
    )
    with server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        ((level, message),) = told(door, GOOD)
        assert (level, "another program" in message) == ("failure", True)
        ((level, message),) = told(door)
        assert (level, "Address already in use" in message) == ("failure", True)


def test_what_is_no_http_at_all(tmp_path: Path) -> None:
    door = Door(tmp_path)
    with socket.create_server(("127.0.0.1", door.port)) as listening:

        def answer() -> None:
            line, _ = listening.accept()
            line.sendall(b"220 mail.example\r\n")
            line.close()

        threading.Thread(target=answer, daemon=True).start()
        ((level, _),) = told(door, GOOD)
        assert level == "failure"


def test_off_is_no_matter(tmp_path: Path) -> None:
    assert told(Door(tmp_path), GOOD, enabled=False) == []
    assert told(Door(tmp_path), OLD) == [("note", "off as long as an old config is in force")]
