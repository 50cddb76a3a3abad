"""A stream of pictures that ffmpeg reads: from where, and with which words it is asked to.

Owns ffmpeg's command line and its script. The address is in the script alone, which ffmpeg reads
from its standard input: a command line is for every user of the machine to see. Pure. The options
are those of ffmpeg 5.1 and 7.1.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from edgepose import address

ANSWER_S: Final = 8
"""For the other end, each time that something has to come from it."""
_PROTOCOLS: Final = "pipe,http,https,httpproxy,tcp,tls,crypto"
"""What ffmpeg may speak. Left to itself it would follow what it reads to files of this machine, and
RTSP to whatever port the camera names."""
_FORMATS: Final = (
    "concat,rtsp,sdp,hls,mpjpeg,mjpeg,jpeg_pipe,mpegts,mov,matroska,flv,asf,avi,ogg,nut,h264,hevc,"
    "m4v,mpegvideo,ivf"
)
"""What it may take for pictures. Left to itself it would draw a text as a film."""
_PROBE: Final = ("fpsprobesize", "0")
"""Seconds sooner: the rate that a stream says it has is of no use here."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A network camera's address, or the path of a device of this machine. The pictures fit within
    `size` (width, height); `rate` in frames a second is what a device is asked for, 0 for its own.

    `why_silent` is asked, on a thread that may wait, why a host did not answer.
    """

    uri: str = field(repr=False)
    size: tuple[int, int]
    rate: float
    why_silent: Callable[[str, OSError], str | None] | None = field(
        default=None, compare=False, repr=False
    )

    @property
    def shown(self) -> str:
        """What anybody may see of it."""
        return address.shown(self.uri)

    @property
    def host(self) -> str | None:
        """Where it comes from; None for this machine itself."""
        return None if self.is_device else address.host(self.uri)

    @property
    def is_device(self) -> bool:
        """Whether it is a camera of this machine."""
        return address.is_device(self.uri)

    @property
    def is_rtsp(self) -> bool:
        """Whether it comes by RTSP, in the open or encrypted."""
        return address.scheme(self.uri) in ("rtsp", "rtsps")

    def script(self) -> bytes:
        """What ffmpeg gets on its standard input: the address and how to read it, in the language
        of its concat demuxer."""
        if self.is_device:
            return b""
        quoted = self.uri.replace("'", r"'\''")
        lines = ["ffconcat version 1.0", f"file '{quoted}'"]
        lines += [f"option {name} {value}" for name, value in self._options().items()]
        return "\n".join((*lines, "")).encode()

    def _options(self) -> dict[str, str]:
        # Nothing waits in ffmpeg for more to come.
        options = {"fflags": "nobuffer", _PROBE[0]: _PROBE[1]}
        microseconds = str(ANSWER_S * 1_000_000)
        if self.is_rtsp:
            # By UDP pictures break where a packet is lost, and a firewall would let none in.
            only = {"rtsp_transport": "tcp", "allowed_media_types": "video"}
            return {**options, **only, "timeout": microseconds}
        return {**options, "rw_timeout": microseconds}

    def arguments(self, pictures: int | None = None) -> list[str]:
        """The command line behind `ffmpeg`; `pictures`: it ends after so many."""
        ends = () if pictures is None else ("-frames:v", str(pictures))
        return [
            *("-hide_banner", "-nostdin", "-nostats", "-loglevel", "error"),
            *self._input(),
            # Frames as they come: none is repeated, none left out. No sound.
            *("-map", "0:v:0", "-fps_mode", "passthrough", "-vf", self._scale(), *ends),
            *("-pix_fmt", "yuv420p", "-flush_packets", "1", "-f", "yuv4mpegpipe", "pipe:1"),
        ]

    def _input(self) -> list[str]:
        # Frames decoded side by side would each be as many frames late.
        decoder = ("-flags", "low_delay", "-thread_type", "slice")
        if self.is_device:
            rate = ("-framerate", f"{self.rate:g}") if self.rate else ()
            size = ("-video_size", "{}x{}".format(*self.size))
            return [*decoder, "-f", "v4l2", *rate, *size, "-i", self.uri]
        allowed = ("-protocol_whitelist", _PROTOCOLS, "-format_whitelist", _FORMATS)
        probe = (f"-{_PROBE[0]}", _PROBE[1])
        return [*decoder, "-f", "concat", "-safe", "0", *allowed, *probe, "-i", "pipe:0"]

    def _scale(self) -> str:
        """Fit within the size, in square pixels, never up, to even sides."""
        width, height = self.size
        part = f"min(1,min({width}/(iw*sar),{height}/ih))"
        # A little more, for what should be whole may be a little less.
        sides = (f"2*max(1,floor({side}*{part}/2+0.01))" for side in ("iw*sar", "ih"))
        return "scale=w='{}':h='{}':flags=area:out_range=tv".format(*sides)
