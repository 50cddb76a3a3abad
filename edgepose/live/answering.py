"""Whether the page answers where it is to be: asked as a browser does that does not know the token.

Knows no server, so that it costs no aiohttp. Blocks, `ASK_S` for each step of the way at most. Runs
on any thread; raises nothing.
"""

import http.client
from typing import Final

ASK_S: Final = 3.0
NAMELESS: Final = "this is not the name of a host"
_ALL: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Whoever listens there is asked here."""


def no_answer(host: str, port: int) -> str | None:
    """Why nobody answers there, or who does; None where the page does. Arguments as in
    `Settings`."""
    line = http.client.HTTPConnection(_ALL.get(host, host), port, timeout=ASK_S)
    try:
        line.request("GET", "/", headers={"Host": "localhost"})
        answer = line.getresponse()
    except OSError as error:
        return error.strerror or str(error)
    except UnicodeError:
        return NAMELESS
    except http.client.HTTPException:
        return "another program has that port"
    finally:
        line.close()
    ours = answer.getheader("Server") == "edgepose"
    return None if ours else "another program has that port"
