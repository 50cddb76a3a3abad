"""The live page over HTTP: its files, the token, and the WebSocket of each viewer.

Owns what is answered to whom; who may connect at all is `listener.py`'s. It and what stands around
it (`serving.py`, `viewer.py`, `form.py`) import aiohttp, and are imported when the page is on. Runs
on the daemon's loop. Raises nothing for a browser's sake.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

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
FIELDS: Final = 4
_TYPES: Final = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
_HEADERS: Final = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    # With less the browser would tell a form of ours to come from nowhere.
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Security-Policy": FORM_CSP,
    "Server": "edgepose",
}
File = tuple[bytes, str]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


def read_files(folder: Path = FOLDER) -> dict[str, File]:
    """The content and the type of each of the page's files, by its path in the address; blocks."""
    found = {}
    for file in sorted(folder.iterdir()):
        if file.suffix in _TYPES:
            path = "/" if file.name == "index.html" else f"/{file.name}"
            found[path] = (file.read_bytes(), _TYPES[file.suffix])
    return found


class Site:
    """What is answered. `settings` and `token` may be set at any time, a token of None opens to
    everybody. `first` gives what a new viewer is told; `looks` is called when somebody has begun to
    look, or has gone, and `keep` with the connection of whoever looks."""

    def __init__(
        self,
        settings: Settings,
        token: Token | None,
        files: Mapping[str, File],
        first: Callable[[], Mapping[str, bytes]],
        looks: Callable[[], None],
    ) -> None:
        self.settings = settings
        self.token = token
        self.keep: Callable[[asyncio.BaseTransport], None] = lambda _: None
        self._viewers: dict[Viewer, web.WebSocketResponse] = {}
        self._files = files
        self._first = first
        self._looks = looks
        self._tries = Tries()
        self.app = web.Application(middlewares=[self._guard], client_max_size=LARGEST)
        self.app.router.add_get("/live", self._live)
        self.app.router.add_post("/", self._enter)
        for path in files:
            self.app.router.add_get(path, self._file)

    @property
    def some(self) -> bool:
        """Whether anybody looks."""
        return bool(self._viewers)

    def show(self, kind: str, message: bytes, *, binary: bool = False) -> None:
        """Send it to every viewer, and nothing older of its kind any more."""
        type_ = WSMsgType.BINARY if binary else WSMsgType.TEXT
        for viewer in self._viewers:
            viewer.lay(kind, message, type_)

    def drop(self, kind: str) -> None:
        """Send nothing of this kind that still waits."""
        for viewer in self._viewers:
            viewer.drop(kind)

    async def close_viewers(self, within_s: float, why: str = "") -> None:
        """Say goodbye to every viewer, and `why`, in 123 bytes at most; who does not hear it in
        time is left."""
        code, message = WSCloseCode.GOING_AWAY, why.encode()
        leaving = [
            asyncio.create_task(each.close(code=code, message=message, drain=False))
            for each in self._viewers.values()
        ]
        if leaving:
            _, late = await asyncio.wait(leaving, timeout=within_s)
            for task in late:
                task.cancel()

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only for browsers that mean us, and whose page is ours."""
        host, origin = request.headers.get("Host", ""), request.headers.get("Origin")
        response: web.StreamResponse
        if not is_ours(host, self.settings.hosts):
            response = _said(403, "This device is not known by that name; live.hosts may name it.")
        elif origin is not None and not same_origin(origin, host):
            response = _said(403, "This is for the device's own page.")
        else:
            try:
                response = await handler(request)
            except web.HTTPException as error:
                response = _said(error.status, error.reason)
            except (web.RequestPayloadError, ConnectionError):
                # Damaged, or it has gone in the middle of it: whose journal would that fill?
                response = _said(400, "This is not what the form sends.")
            except Exception as error:  # noqa: BLE001 - a defect here ends nothing but this answer
                log.error("live page: %s: %s", type(error).__name__, error)
                response = _said(500, "This went wrong; the device's journal tells more.")
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
        return response

    async def _file(self, request: web.Request) -> web.StreamResponse:
        if request.path == "/" and "token" in request.query:
            return self._admit(request, request.query["token"])
        if not self._knows(request):
            over = "over" in request.query
            first = request.path == "/" and not over and "again" not in request.query
            return form(401, again=first, over=over)
        body, type_ = self._files[request.path]
        response = web.Response(body=body, content_type=type_, charset="utf-8")
        response.headers["Content-Security-Policy"] = _policy(request.host)
        return response

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        """The form was sent."""
        try:
            given = parse_qs((await request.read()).decode(), max_num_fields=FIELDS)
        except ValueError:
            return _said(400, "This is not what the form sends.")
        return self._admit(request, given.get("token", [""])[0])

    def _admit(self, request: web.Request, given: str) -> web.Response:
        """Let in who knows the token."""
        opened = web.Response(status=303, headers={"Location": "/"})
        token = self.token
        if token is None:
            return opened
        now_s, address = asyncio.get_running_loop().time(), request.remote or ""
        wait_s = self._tries.wait_s(address, now_s)
        if wait_s > 0:
            return form(429, wait_s=wait_s)
        if not token.is_(given.strip()):
            self._tries.failed(address, now_s)
            return form(401, wrong=True)
        opened.set_cookie(
            token.cookie, token.value, max_age=KEPT_S, httponly=True, samesite="Strict"
        )
        return opened

    def _knows(self, request: web.Request) -> bool:
        """Whether the browser has shown the token before."""
        token = self.token
        return token is None or token.is_kept(request.cookies.get(token.cookie, ""))

    async def _live(self, request: web.Request) -> web.StreamResponse:
        if not self._knows(request):
            return _said(401, "The token is missing.")
        if len(self._viewers) >= VIEWERS:
            return _said(503, f"{VIEWERS} are looking already.")
        line = web.WebSocketResponse(
            heartbeat=HEARTBEAT_S, max_msg_size=LARGEST, compress=False, writer_limit=0
        )
        transport = request.transport
        if transport is None or not line.can_prepare(request).ok:
            return _said(400, "This is for a WebSocket.")
        await line.prepare(request)
        self.keep(transport)
        viewer = Viewer(line, transport)
        for kind, message in self._first().items():
            viewer.lay(kind, message)
        self._viewers[viewer] = line
        self._looks()
        sending = asyncio.create_task(viewer.run())
        try:
            # Nothing is asked of us here: whoever says something is no page of ours.
            if (await line.receive()).type in (WSMsgType.TEXT, WSMsgType.BINARY):
                await line.close(code=WSCloseCode.POLICY_VIOLATION, drain=False)
        finally:
            sending.cancel()
            del self._viewers[viewer]
            self._looks()
        return line


def _policy(host: str) -> str:
    """What the page may do; `host` is one that was let in. Not every browser counts a WebSocket to
    the page's own host as one to `'self'`."""
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:;"
        f" connect-src 'self' ws://{host} wss://{host};"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )


def _said(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n")
