"""Few connections, none for long: whoever opens many, or asks slowly, holds nobody else up."""

import asyncio
import contextlib
from pathlib import Path

import pytest

from edgepose.live import listener, serving
from tests.live.opened import Opened
from tests.mqtt.drive import drive

Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def line_from(opened: Opened, address: str) -> Line:
    """A connection from another address of this machine."""
    return await asyncio.open_connection("127.0.0.1", opened.port, local_addr=(address, 0))


async def is_open(line: Line) -> bool:
    """Whether it still is, some moments later."""
    try:
        async with asyncio.timeout(0.2):
            return await line[0].read(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


def test_who_asks_too_slowly_is_cut_off_and_who_looks_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "LIFE_S", 0.3)
    # Which ends only those that have not asked yet, and later.
    monkeypatch.setattr(serving, "KEEPALIVE_S", 999.0)

    async def main() -> None:
        async with Opened(tmp_path).running() as opened:
            silent = await line_from(opened, "127.0.0.1")
            slow = await line_from(opened, "127.0.0.1")
            slow[1].write(b"GET / HTTP/1.1\r\nHost: local")
            async with opened.viewer() as looks:
                for reader, writer in (silent, slow):
                    with contextlib.suppress(ConnectionError):
                        assert await reader.read() == b""
                    writer.close()
                # It came after them, and they are gone by now.
                await asyncio.sleep(2 * listener.LIFE_S)
                assert not looks.line.closed
                await looks.line.ping()
                await looks.next("hello")

    drive(main())


def test_one_address_does_not_lock_out_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "MOST", 6)
    monkeypatch.setattr(listener, "MOST_OF_ONE", 4)

    async def main() -> None:
        async with Opened(tmp_path).running() as opened:
            many = [await line_from(opened, "127.0.0.2") for _ in range(5)]
            # Who comes last is let in, instead of whoever was there first.
            assert [await is_open(each) for each in many] == [False] + [True] * 4
            async with opened.visitor() as visitor, visitor.get("/") as answer:
                assert answer.status == 200
            others = [await line_from(opened, "127.0.0.3") for _ in range(3)]
            assert not all([await is_open(each) for each in others])
            for _, writer in (*many, *others):
                writer.close()
            async with opened.viewer() as looks:
                more = [await line_from(opened, "127.0.0.1") for _ in range(5)]
                assert [await is_open(each) for each in more] == [False] * 2 + [True] * 3
                # Who looks on is not ended for them.
                assert not looks.line.closed
                await looks.next("hello")
            for _, writer in more:
                writer.close()
            async with opened.visitor() as visitor, visitor.get("/") as answer:
                assert answer.status == 200

    drive(main())
