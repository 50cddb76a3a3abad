"""Who is let in: by token, by name, by origin, and what is refused. Over real sockets."""

import asyncio
from pathlib import Path
from typing import Final

import aiohttp
import pytest

from edgepose.live import server, tries
from tests.live.opened import Opened, cookies_of, names_in
from tests.mqtt.drive import drive, until

WRONG: Final = "not-the-token-of-this-device"


def test_the_token_is_kept_by_the_browser_and_not_in_the_address(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor(knows=False) as visitor:
            asked = {"token": opened.token}
            async with visitor.get("/", params=asked, allow_redirects=False) as answer:
                assert (answer.status, answer.headers["Location"]) == (303, "/")
                kept = answer.headers["Set-Cookie"]
            assert {"HttpOnly", "SameSite=Strict", "Path=/"} <= set(kept.split("; "))
            assert opened.token not in kept
            async with visitor.get("/") as answer:
                assert answer.status == 200
                assert "<html" in await answer.text()

    drive(main())


@pytest.mark.parametrize("given", [None, WRONG, ""])
def test_without_the_token_there_is_a_form_and_nothing_else(
    tmp_path: Path, given: str | None
) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor(knows=False) as visitor:
            asked = {} if given is None else {"token": given}
            async with visitor.get("/", params=asked) as answer:
                assert answer.status == 401
                assert "<form" in await answer.text()
            for path in ("/page.js", "/page.css", "/live"):
                async with visitor.get(path) as answer:
                    assert answer.status in (401, 404)
            with pytest.raises(aiohttp.WSServerHandshakeError, match="401"):
                await visitor.ws_connect("/live")
            assert cookies_of(visitor, opened.url) == {}

    drive(main())


def test_the_form_opens_it(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor(knows=False) as visitor:
            origin = {"Origin": opened.url}
            async with visitor.post("/", data={"token": WRONG}, headers=origin) as answer:
                assert answer.status == 401
                assert "not the token" in await answer.text()
            typed = {"token": f" {opened.token}\n"}
            async with visitor.post("/", data=typed, headers=origin) as answer:
                assert (answer.status, answer.url.path) == (200, "/")
            async with visitor.post("/", data={"token": "x" * 4000}) as answer:
                assert answer.status == 413
            async with visitor.post("/", data=b"\xff\xfe=\x00") as answer:
                assert answer.status == 400

    drive(main())


def test_a_link_from_elsewhere_asks_again_by_itself_once(tmp_path: Path) -> None:
    # A browser keeps the cookie back (SameSite) where another site's link is followed.
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor(knows=False) as visitor:
            async with visitor.get("/") as answer:
                assert 'content="0;url=/?again"' in await answer.text()
            async with visitor.get("/?again") as answer:
                assert "refresh" not in await answer.text()

    drive(main())


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "localhost.evil.example:8474"}, 403),
        ({"Host": ""}, 403),
        ({"Host": "127.0.0.1, evil.example"}, 403),
        ({"Host": "box.example.org"}, 200),
        ({"Host": "localhost:9000"}, 200),
        ({"Host": "[::1]:8474"}, 200),
        ({"Host": "192.168.1.7:8474"}, 200),
        ({"Host": "localhost:9000", "Origin": "http://localhost:9000"}, 200),
        ({"Host": "box.example.org", "Origin": "https://box.example.org"}, 200),
        ({"Host": "localhost:9000", "Origin": "http://localhost:9001"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
    ],
    ids=str,
)
def test_a_foreign_name_or_page_is_refused(
    tmp_path: Path, headers: dict[str, str], status: int
) -> None:
    async def main() -> None:
        opened = Opened(tmp_path)
        named = opened.settings(hosts=("box.example.org",))
        async with opened.running(named), opened.visitor() as visitor:
            kept = cookies_of(visitor, opened.url)
            cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
            asked = {"Cookie": cookie, **headers}
            async with visitor.get("/", headers=asked) as answer:
                assert answer.status == status
            if status != 200:
                with pytest.raises(aiohttp.WSServerHandshakeError, match=str(status)):
                    await visitor.ws_connect("/live", headers=asked)
            else:
                async with visitor.ws_connect("/live", headers=asked) as line:
                    assert (await line.receive(10)).type is aiohttp.WSMsgType.TEXT

    drive(main())


@pytest.mark.parametrize(
    "path",
    ["/etc/passwd", "/../token.py", "/%2e%2e/token.py", "/page/../../token.py", "/live/", "//"],
)
def test_nothing_else_is_there(tmp_path: Path, path: str) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor() as visitor:
            reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
            writer.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            assert b" 404 " in await reader.readline()
            writer.close()
            for method in ("PUT", "DELETE", "OPTIONS", "POST"):
                async with visitor.request(method, "/live") as answer:
                    assert answer.status == 405

    drive(main())


def test_every_answer_has_the_headers(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor() as visitor:
            for path in ("/", "/nothing", "/?token=wrong", "/?again"):
                async with visitor.get(path, headers={"Host": "localhost"}) as answer:
                    told = answer.headers
                assert told["Cache-Control"] == "no-store"
                assert told["X-Content-Type-Options"] == "nosniff"
                assert told["X-Frame-Options"] == "DENY"
                assert told["Referrer-Policy"] == "same-origin"
                policy = told["Content-Security-Policy"]
                assert "default-src 'none'" in policy
                assert "unsafe" not in policy
                assert "aiohttp" not in told["Server"]

    drive(main())


def test_who_tries_too_often_waits_and_nobody_else_does(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor() as known:
            async with opened.visitor(knows=False) as visitor:
                for _ in range(tries.AT_ONCE):
                    async with visitor.get("/", params={"token": WRONG}) as answer:
                        assert answer.status == 401
                async with visitor.get("/", params={"token": opened.token}) as answer:
                    # The right one, too: else it could be found by its answer.
                    assert answer.status == 429
                    assert 0 < int(answer.headers["Retry-After"]) <= tries.EVERY_S
            # From the same address, as behind a tunnel; but it has shown the token before.
            async with known.get("/") as answer:
                assert answer.status == 200

    drive(main())


def test_without_a_token_it_is_open_to_those_who_mean_it(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path)
        async with (
            opened.running(opened.settings(require_token=False)),
            opened.visitor(knows=False) as visitor,
        ):
            async with visitor.get("/") as answer:
                assert answer.status == 200
            async with visitor.get("/", headers={"Host": "evil.example"}) as answer:
                assert answer.status == 403
            async with visitor.ws_connect("/live") as line:
                assert "hello" in await line.receive_str(timeout=10)
            assert names_in(tmp_path) == []

    drive(main())


@pytest.mark.parametrize(
    "sent",
    [
        b"Content-Length: 50\r\n\r\ntoken=",
        b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_what_a_stranger_breaks_off_or_damages_fills_no_journal(
    tmp_path: Path, sent: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened:
            reader, writer = await asyncio.open_connection("127.0.0.1", opened.port)
            writer.write(b"POST / HTTP/1.1\r\nHost: localhost\r\n" + sent)
            writer.write_eof()
            assert b" 500 " not in await reader.read()
            writer.close()
            async with opened.viewer() as looks:
                await looks.next("hello")

    with caplog.at_level("WARNING"):
        drive(main())
    assert not caplog.text


def test_no_more_look_than_fit(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.visitor() as visitor:
            lines = [await visitor.ws_connect("/live") for _ in range(server.VIEWERS)]
            with pytest.raises(aiohttp.WSServerHandshakeError, match="503"):
                await visitor.ws_connect("/live")
            await lines.pop().close()
            site = opened.page._serving
            assert site is not None
            await until(lambda: len(site.site._viewers) < server.VIEWERS, "a free place")
            async with visitor.ws_connect("/live"):
                pass
            for line in lines:
                await line.close()

    drive(main())


def test_who_says_something_is_shown_the_door(tmp_path: Path) -> None:
    async def main() -> None:
        async with Opened(tmp_path).running() as opened, opened.viewer() as viewer:
            await viewer.line.send_str("let me in")
            assert (await viewer.closed())[0] == aiohttp.WSCloseCode.POLICY_VIOLATION
        async with opened.running(), opened.viewer() as viewer:
            await viewer.line.send_bytes(b"x" * (server.LARGEST + 1))
            assert (await viewer.closed())[0] == aiohttp.WSCloseCode.MESSAGE_TOO_BIG

    drive(main())
