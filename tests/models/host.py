"""A web server on loopback that serves bundles well or badly, and small bundles to serve."""

import hashlib
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from edgepose.models import bundle
from edgepose.models.manifest import Bundle

Behaviour = Callable[[BaseHTTPRequestHandler, bytes], None]

CONTENT = bundle.pack({name: b"\0\0\0\0TFL3" + name.encode() * 9000 for name in bundle.PARTS})
"""A whole bundle of some 450 kB, as far as a quick look can tell."""


def listed(url: str, name: str = "lite", content: bytes = CONTENT) -> Bundle:
    """The manifest's entry for such a bundle."""
    digest = hashlib.sha256(content).hexdigest()
    return Bundle(name, f"pose_{name}.task", url, len(content), (digest,), "Apache-2.0")


def write_manifest(directory: Path, *bundles: Bundle) -> None:
    """The list that `--dir` finds in a directory of its own."""
    entries = [
        f"[{entry.name}]\nfile = '{entry.file}'\nurl = '{entry.url}'\nbytes = {entry.bytes}\n"
        f"sha256 = {list(entry.sha256)}\nlicence = '{entry.licence}'\n"
        for entry in bundles
    ]
    (directory / "manifest").write_text("\n".join(entries))


def whole(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    _start(handler, len(content))
    handler.wfile.write(content)


def cut_short(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Announces everything, sends half, closes in good order."""
    _start(handler, len(content))
    handler.wfile.write(content[: len(content) // 2])


def die_midway(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Sends half; then the connection is reset, as by a machine that goes down."""
    cut_short(handler, content)
    handler.wfile.flush()
    linger_nothing = struct.pack("ii", 1, 0)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_nothing)
    # The server's own orderly shutdown would come first: this one is the last word.
    handler.connection.close()


def unannounced(handler: BaseHTTPRequestHandler, content: bytes) -> None:
    """Sends more than is listed and never says how much."""
    handler.send_response(200)
    handler.end_headers()
    handler.wfile.write(content + b"more")


def absent(handler: BaseHTTPRequestHandler, _: bytes) -> None:
    handler.send_error(404)


class Hold:
    """Sends half, then holds the connection until released."""

    def __init__(self) -> None:
        self.released = threading.Event()

    def __call__(self, handler: BaseHTTPRequestHandler, content: bytes) -> None:
        cut_short(handler, content)
        handler.wfile.flush()
        self.released.wait(60)


def _start(handler: BaseHTTPRequestHandler, size: int) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", str(size))
    handler.end_headers()


@contextmanager
def serving(behaviour: Behaviour, content: bytes = CONTENT) -> Iterator[str]:
    """The URL of a server that does `behaviour` to every request."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            behaviour(self, content)

        def log_message(self, *_: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        # A client that is killed breaks its connection: no news for this test.
        def handle_error(self, *_: object) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/bundle.task"
    finally:
        if isinstance(behaviour, Hold):
            behaviour.released.set()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def nobody(*, listens: bool) -> Iterator[str]:
    """The URL of a port that refuses, or one that takes a connection and never answers."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        if listens:
            taken.listen()
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/bundle.task"
