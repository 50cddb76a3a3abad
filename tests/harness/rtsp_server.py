"""A camera on the network: GStreamer's RTSP server, run by the system's Python, which has it.

Reads one line of JSON: `port`, `film` (played again and again), and `users`, name and password of
those who may look; none lets everybody. Says `ready` when it listens. The stream is at /live.
"""

import json
import subprocess
import sys
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # type: ignore[import-not-found]  # noqa: E402

DIGEST = 2
"""GST_RTSP_AUTH_DIGEST"""
ROLE = "viewer"
PAY = "fdsrc fd={} do-timestamp=true ! h264parse config-interval=1 ! rtph264pay name=pay0 pt=96"


class Film(GstRtspServer.RTSPMediaFactory):  # type: ignore[misc]
    """Plays one film to all who look, at its own speed."""

    def __init__(self, film: str) -> None:
        super().__init__()
        self._film = film
        self._player: subprocess.Popen[bytes] | None = None
        self.set_shared(True)

    def do_create_element(self, _url: object) -> Any:
        """Begin to play, for the first who looks."""
        words = (
            "-re",
            "-stream_loop",
            "-1",
            "-i",
            self._film,
            "-c",
            "copy",
            "-f",
            "h264",
            "pipe:1",
        )
        command = ["ffmpeg", "-nostdin", "-loglevel", "error", *words]
        self._player = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._player.stdout is not None
        return Gst.parse_launch(f"( {PAY.format(self._player.stdout.fileno())} )")


def main() -> None:
    """Serve, for ever."""
    asked = json.loads(sys.stdin.readline())
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(str(asked["port"]))
    film = Film(asked["film"])
    if asked["users"]:
        film.set_permissions(permissions())
        server.set_auth(doorman(asked["users"]))
    server.get_mount_points().add_factory("/live", film)
    server.attach(None)
    print("ready", flush=True)
    GLib.MainLoop().run()


def permissions() -> Any:
    """Who has the role may look."""
    found = GstRtspServer.RTSPPermissions()
    for name in ("access", "construct"):
        found.add_permission_for_role(ROLE, f"media.factory.{name}", True)
    return found


def doorman(users: dict[str, str]) -> Any:
    """Who knows a password has the role."""
    token = GstRtspServer.RTSPToken()
    token.set_string("media.factory.role", ROLE)
    auth = GstRtspServer.RTSPAuth()
    auth.set_supported_methods(DIGEST)
    for name, password in users.items():
        auth.add_digest(name, password, token)
    return auth


if __name__ == "__main__":
    main()
