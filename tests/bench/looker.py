"""Somebody who looks at the live page: `python -m tests.bench.looker URL TOKEN`.

Prints a line when the first pose has come; at the end of its input, how many came in a second.
"""

import asyncio
import sys
import time

import aiohttp


async def look(url: str, token: str) -> None:
    """Look until the input ends."""
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, sys.stdin.read)
    count, began = 0, 0.0
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        async with session.get(url, params={"token": token}) as answer:
            answer.raise_for_status()
        async with session.ws_connect(f"{url}live") as line:
            ended.add_done_callback(lambda _: asyncio.ensure_future(line.close()))
            async for message in line:
                if not message.data.startswith('{"kind":"pose"'):
                    continue
                count += 1
                if count == 1:
                    began = time.monotonic()
                    print("looks", flush=True)
    print((count - 1) / (time.monotonic() - began))


if __name__ == "__main__":
    asyncio.run(look(*sys.argv[1:]))
