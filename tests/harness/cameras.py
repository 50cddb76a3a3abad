"""Cameras on the network: a real RTSP server, and one that speaks HTTP as cameras do."""

import base64
import contextlib
import json
import os
import signal
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, islice
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import cv2

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor import ActorSource
from tests.harness.broker import free_port

RATE: Final = 10
"""Frames a second of both."""
SIZE: Final = (320, 240)
_PICTURES: Final = 20
_SYSTEM_PYTHON: Final = "/usr/bin/python3"
_SERVER: Final = Path(__file__).with_name("rtsp_server.py")
_STARTS_S: Final = 20


def pictures() -> Iterator[Image]:
    """Somebody who waves, two seconds of it."""
    frames = ActorSource("waving", SIZE, 0).frames(threading.Event())
    return (frame.image for frame in islice(frames, 0, 3 * _PICTURES, 3))


def make_film(path: Path) -> Path:
    """Write it as cameras send it: H.264, without frames that wait for later ones."""
    size = "{}x{}".format(*SIZE)
    raw = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", size, "-r", str(RATE), "-i", "pipe:0")
    code = ("-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", str(RATE))
    subprocess.run(
        ["ffmpeg", "-loglevel", "error", "-y", *raw, *code, "-pix_fmt", "yuv420p", str(path)],
        input=b"".join(image.tobytes() for image in pictures()),
        check=True,
    )
    return path


class RtspCamera:
    """GStreamer's RTSP server with a film; can be killed, stopped by SIGSTOP and started again."""

    def __init__(self, film: Path, users: dict[str, str] | None = None) -> None:
        self.port = free_port()
        self._film = film
        self._users = users or {}
        self.start()

    def start(self) -> None:
        """Listen."""
        self._process = subprocess.Popen(
            # Not the tests' own packages: it has the system's.
            [_SYSTEM_PYTHON, "-I", str(_SERVER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Its player complains when it is killed.
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        # Not by its command line, where a test looks for passwords.
        asked = {"port": self.port, "film": str(self._film), "users": self._users}
        self._process.stdin.write(json.dumps(asked) + "\n")
        self._process.stdin.flush()
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """SIGKILL."""
        self._process.kill()
        self._process.communicate()

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self._process.pid, number)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.kill()


class HttpCamera:
    """Speaks HTTP on a port of the loopback, and wants a name and a password.

    /live is MJPEG as cameras send it; /page a web page, and /endless one that does not tell its
    length; /silent never answers; anything else is not there. While `holding` is cleared, no
    picture is sent; of `jpegs` one after the other, and no more than `most` to whoever looks.
    """

    def __init__(self, name: str, password: str) -> None:
        self.holding = threading.Event()
        self.holding.set()
        self.wanted = "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()
        self.asked = 0
        self.over = threading.Event()
        self.jpegs = [jpeg(image) for image in pictures()]
        self.most: int | None = None
        camera = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                camera._answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def _answer(self, request: BaseHTTPRequestHandler) -> None:
        self.asked += 1
        if request.path == "/silent":
            self.over.wait()
            return
        if request.headers.get("Authorization") != self.wanted:
            request.send_response(401)
            request.send_header("WWW-Authenticate", 'Basic realm="camera"')
            request.end_headers()
            return
        with contextlib.suppress(OSError):
            if request.path == "/live":
                self._stream(request)
            elif request.path in ("/page", "/endless"):
                request.send_response(200)
                request.send_header("Content-Type", "text/html")
                page = b"<html><body>" + b"A camera. " * 2000
                if request.path == "/page":
                    request.send_header("Content-Length", str(len(page)))
                request.end_headers()
                request.wfile.write(page)
            else:
                request.send_error(404)

    def _stream(self, request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Type", "multipart/x-mixed-replace; boundary=picture")
        request.end_headers()
        for number in count():
            # With all that it is to have, it waits for more.
            if self.over.wait(None if number == self.most else 1 / RATE):
                return
            self.holding.wait()
            data = self.jpegs[number % len(self.jpegs)]
            head = f"--picture\r\nContent-Type: image/jpeg\r\nContent-Length: {len(data)}\r\n\r\n"
            request.wfile.write(head.encode() + data + b"\r\n")
            request.wfile.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        self.over.set()
        self.holding.set()
        self._server.shutdown()
        self._server.server_close()


def jpeg(image: Image) -> bytes:
    """A picture, encoded."""
    done, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR))
    assert done
    return data.tobytes()
