"""The page as a part: on and off, its token, and what keeps it from its port."""

import asyncio
import contextlib
import resource
import socket
import stat
from pathlib import Path
from socket import AF_INET6

import aiohttp
import pytest

from edgepose.live import live_page, token
from edgepose.live.live_page import LivePage
from tests.harness.broker import free_port
from tests.live.opened import Opened, names_in
from tests.mqtt.drive import drive, until

GONE = aiohttp.WSCloseCode.GOING_AWAY


def answers(port: int) -> bool:
    """Whether anybody listens there."""
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def test_off_is_off_at_once_and_on_is_on_again(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path)
        async with opened.running():
            async with opened.viewer() as looks:
                opened.page.want(None)
                assert await looks.closed() == (GONE, "The live page was switched off")
            await until(lambda: not answers(opened.port), "nobody listens")
            opened.page.want(opened.settings())
            await opened.is_on()
            # On another port whoever looks has to come again.
            async with opened.viewer() as looks:
                elsewhere = free_port()
                opened.page.want(opened.settings(port=elsewhere))
                assert await looks.closed() == (GONE, f"The page has moved: port {elsewhere}")
            await until(lambda: answers(elsewhere) and not answers(opened.port), "another port")
            # What needs no other port disturbs nobody.
            opened.port = elsewhere
            async with opened.viewer() as looks:
                opened.page.want(opened.settings(hosts=("box.example.org",), camera_picture=True))
                await looks.next("hello")
                assert not looks.line.closed
        assert not answers(elsewhere)

    drive(main())


def test_a_port_that_is_taken_is_said_once_and_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(live_page, "AGAIN_S", (0.02,))

    async def main() -> None:
        opened = Opened(tmp_path)
        with socket.create_server(("127.0.0.1", opened.port)):
            opened.page.want(opened.settings())
            task = asyncio.create_task(opened.page.run())
            await until(lambda: opened.page.trouble, "the trouble")
            said = f"live page: cannot listen on 127.0.0.1:{opened.port}: Address already in use"
            assert opened.page.trouble == said
            for _ in range(5):
                await asyncio.sleep(0.02)
            assert opened.changes == 1
        await opened.is_on()
        await until(lambda: opened.page.trouble is None, "no trouble")
        assert opened.changes == 2
        assert caplog.text.count("cannot listen") == 1
        task.cancel()
        await opened.page.close()

    with caplog.at_level("INFO"):
        drive(main())


@pytest.mark.parametrize(
    ("host", "reached"),
    [
        ("127.0.0.1", {"127.0.0.1"}),
        ("localhost", {"127.0.0.1"}),
        ("::1", {"::1"}),
        ("::", {"127.0.0.1", "::1"}),
        ("0.0.0.0", {"127.0.0.1"}),
    ],
)
def test_where_it_listens(tmp_path: Path, host: str, reached: set[str]) -> None:
    async def main() -> None:
        opened = Opened(tmp_path, host=host)
        async with opened.running():
            found, has_6 = set(), False
            for address in ("127.0.0.1", "::1"):
                try:
                    _, writer = await asyncio.open_connection(address, opened.port)
                except OSError:
                    continue
                found.add(address)
                writer.close()
            with contextlib.suppress(OSError), socket.create_server(("::1", 0), family=AF_INET6):
                has_6 = True
            # Not every machine's list of names has both for this one.
            here = found - {"::1"} if host == "localhost" else found
            assert here == reached - (set() if has_6 else {"::1"})

    drive(main())


def test_an_address_that_is_not_here_is_said(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path, host="192.0.2.123")
        opened.page.want(opened.settings())
        task = asyncio.create_task(opened.page.run())
        await until(lambda: "Cannot assign requested address" in (opened.page.trouble or ""), "it")
        opened.page.want(opened.settings(host="no.such.name.invalid"))
        await until(lambda: "no.such.name.invalid" in (opened.page.trouble or ""), "it")
        opened.page.want(opened.settings(host="no..name"))
        await until(lambda: "not the name of a host" in (opened.page.trouble or ""), "it")
        opened.page.want(None)
        await until(lambda: opened.page.trouble is None, "no trouble")
        task.cancel()
        await opened.page.close()

    drive(main())


def test_the_page_waits_for_a_descriptor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_page, "AGAIN_S", (0.02,))

    async def main() -> None:
        opened = Opened(tmp_path)
        token.make(tmp_path)
        # Imported by the first one, so that here the page's own files are what wants some.
        async with opened.running():
            pass
        limits = resource.getrlimit(resource.RLIMIT_NOFILE)
        opened.page.want(opened.settings(require_token=False))
        task = asyncio.create_task(opened.page.run())
        resource.setrlimit(resource.RLIMIT_NOFILE, (0, limits[1]))
        try:
            await until(lambda: "Too many open files" in (opened.page.trouble or ""), "it")
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, limits)
        await opened.is_on()
        task.cancel()
        await opened.page.close()

    drive(main())


def test_its_own_token_is_made_for_its_user_alone(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path / "state" / "edgepose")
        async with opened.running():
            file = token.place(opened.folder)
            assert stat.S_IMODE(file.stat().st_mode) == 0o600
            assert stat.S_IMODE(opened.folder.stat().st_mode) == 0o700
            assert names_in(opened.folder) == [token.NAME]
            first = opened.token
            assert len(first) == 32
        # It outlives the daemon.
        async with opened.running():
            assert opened.token == first

    drive(main())


def test_a_new_token_shuts_out_whoever_had_the_old_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "LOOK_S", 0.05)

    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor() as visitor:
            async with visitor.ws_connect("/live") as line:
                await asyncio.to_thread(token.make, opened.folder)
                async for _ in line:
                    pass
                assert line.close_code == aiohttp.WSCloseCode.GOING_AWAY
            async with visitor.get("/") as answer:
                assert answer.status == 401
            async with opened.viewer() as looks:
                await looks.next("hello")

    drive(main())


def test_a_token_file_of_ones_own(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async def main() -> None:
        file = tmp_path / "word"
        opened = Opened(tmp_path / "state")
        file.write_text("short\n")
        opened.page.want(opened.settings(token_file=file))
        task = asyncio.create_task(opened.page.run())
        await until(lambda: "is not of 16 to 256" in (opened.page.trouble or ""), "it")
        file.write_text("a word of one's own\nand more\n")
        opened.page.want(opened.settings(token_file=file))
        await opened.is_on()
        async with (
            opened.visitor(knows=False) as visitor,
            visitor.get("/", params={"token": "a word of one's own"}) as answer,
        ):
            assert answer.status == 200
        assert not opened.folder.exists()
        file.unlink()
        opened.page.want(opened.settings(token_file=file))
        await until(lambda: "No such file" in (opened.page.trouble or ""), "it")
        task.cancel()
        await opened.page.close()

    with caplog.at_level("DEBUG"):
        drive(main())
    assert "own\n" not in caplog.text
    assert "a word" not in caplog.text


def test_a_disk_that_takes_no_token_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    async def main() -> None:
        page = LivePage(tmp_path / "file", lambda: None)
        page.want(Opened(tmp_path).settings())
        task = asyncio.create_task(page.run())
        await until(lambda: "the token cannot be written" in (page.trouble or ""), "it")
        task.cancel()
        await page.close()

    drive(main())
