"""The live page over HTTP: its files, the token, and the WebSocket of each viewer.

Owns what is answered to whom; who may connect at all is `listener.py`'s. The one module of edgepose
that imports aiohttp beside `viewer.py`; imported only when the page is on. Runs on the daemon's
loop. Raises nothing for a browser's sake.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

from aiohttp import WSCloseCode, WSMsgType, web

from edgepose.live.form import CSP as FORM_CSP
from edgepose.live.form import form
from edgepose.live.hosts import is_ours, same_origin
from edgepose.live.settings import Settings
from edgepose.live.token import Token
from edgepose.live.tries import Tries
from edgepose.live.viewer import Viewer

FOLDER: Final = Path(__file__).parent / "page"
VIEWERS: Final = 8
"""Who may look at a time."""
HEARTBEAT_S: Final = 15.0
KEPT_S: Final = 365 * 24 * 3600
"""For how long a browser keeps that it knew the token."""
LARGEST: Final = 2048
"""Bytes of what is sent to us."""
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".json": "application/json",
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def read_files(folder: Path = FOLDER) -> dict[str, tuple[bytes, str]]:
    """The page's files by path, with their types; blocks."""
    found = {}
    for file in sorted(folder.iterdir()):
        if file.suffix in _TYPES:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            found[path] = (file.read_bytes(), _TYPES[file.suffix])
    return found


class Site:
    """What is answered. `settings` and `token` may be set at any time; `newest` gives what a new
    viewer is told first, `looking` is called when the number of viewers has changed."""

    def __init__(
        self,
        settings: Settings,
        token: Token | None,
        files: Mapping[str, tuple[bytes, str]],
        newest: Callable[[], Mapping[str, bytes]],
        looking: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.token = token
        self.viewers: dict[Viewer, web.WebSocketResponse] = {}
        self.keep: Callable[[asyncio.BaseTransport], None] = lambda _: None
        """Called with the connection of each viewer: it may last."""
        self._files = files
        self._newest = newest
        self._looking = looking
        self._tries = Tries()
        self.app = web.Application(middlewares=[self._guard], client_max_size=LARGEST)
        self.app.router.add_get("/live", self._live)
        self.app.router.add_post("/", self._enter)
        for path in files:
            self.app.router.add_get(path, self._file)

    def show(self, kind: str, message: bytes, type_: WSMsgType = WSMsgType.TEXT) -> None:
        """Send it to every viewer."""
        for viewer in self.viewers:
            viewer.lay(kind, message, type_)

    async def close_viewers(self, within_s: float) -> None:
        """Say goodbye to every viewer."""
        closing = [
            asyncio.ensure_future(each.close(code=WSCloseCode.GOING_AWAY, drain=False))
            for each in self.viewers.values()
        ]
        if closing:
            _, late = await asyncio.wait(closing, timeout=within_s)
            for task in late:
                task.cancel()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        host = request.headers.get("Host", "")
        if not is_ours(host, self.settings.hosts):
            text = "This name is not the device's. If it is, put it into live.hosts.\n"
            return _with_headers(web.Response(status=403, text=text))
        origin = request.headers.get("Origin")
        if origin is not None and not same_origin(origin, host):
            return _with_headers(web.Response(status=403, text="Another page asks for this.\n"))
        try:
            response = await handler(request)
        except web.HTTPException as error:
            response = web.Response(status=error.status, text=f"{error.reason}\n")
        return response if response.prepared else _with_headers(response)

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/" and "token" in request.query:
            return self._admit(request, request.query["token"])
        if not self._knows(request):
            return form(401, again=request.path == "/" and "again" not in request.query)
        body, type_ = self._files[request.path]
        response = web.Response(body=body, content_type=type_, charset="utf-8")
        response.headers["Content-Security-Policy"] = _policy(request.host)
        return response

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        given = (await request.post()).get("token", "")
        return self._admit(request, given if isinstance(given, str) else "")

    def _admit(self, request: web.Request, given: str) -> web.StreamResponse:
        token = self.token
        response = web.Response(status=303, headers={"Location": "/"})
        if token is None:
            return response
        now, address = asyncio.get_running_loop().time(), request.remote or ""
        wait_s = self._tries.wait_s(address, now)
        if wait_s > 0:
            return form(429, wait_s=wait_s)
        if not token.is_(given.strip()):
            self._tries.failed(address, now)
            return form(401, wrong=True)
        response.set_cookie(
            token.cookie, token.value, max_age=KEPT_S, httponly=True, samesite="Strict"
        )
        return response

    def _knows(self, request: web.Request) -> bool:
        """Whether the browser has shown the token before."""
        token = self.token
        return token is None or token.is_kept(request.cookies.get(token.cookie, ""))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return web.Response(status=401, text="The token is missing.\n")
        if len(self.viewers) >= VIEWERS:
            return web.Response(status=503, text=f"{VIEWERS} are looking already.\n")
        line = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=LARGEST, compress=False, writer_limit=0
        )
        if not line.can_prepare(request).ok:
            return web.Response(status=400, text="This is for a WebSocket.\n")
        await line.prepare(request)
        transport = request.transport
        if transport is None:
            return line
        self.keep(transport)
        viewer = Viewer(line, transport)
        for kind, message in self._newest().items():
            viewer.lay(kind, message)
        self.viewers[viewer] = line
        self._looking()
        sending = asyncio.create_task(viewer.run())
        try:
            # Nothing is asked of us here: whoever says something is no page of ours.
            if (await line.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await line.close(code=WSCloseCode.POLICY_VIOLATION, drain=False)
        finally:
            sending.cancel()
            del self.viewers[viewer]
            self._looking()
        return line


def _policy(host: str) -> str:
    """What the page may do; `host` is one that was let in. Not every browser counts a WebSocket to
    `'self'` as one to itself."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:;"
        f" connect-src 'self' ws://{host} wss://{host};"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _with_headers(response: web.StreamResponse) -> web.StreamResponse:
    response.headers.update(_HEADERS)
    response.headers.setdefault("Content-Security-Policy", FORM_CSP)
    return response


def silent() -> logging.Logger:
    """Where aiohttp tells what strangers send: to nobody."""
    log = logging.getLogger("edgepose.live.http")
    log.disabled = True
    return log
