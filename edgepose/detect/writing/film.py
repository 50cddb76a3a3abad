"""A film that is written, frame by frame, at the times of the film that it was made of.

H.264 in the wheels of PyAV; where that encoder is not there, MPEG-4. No sound. Raises UserError.
"""

from fractions import Fraction
from pathlib import Path
from typing import Final, cast

import av
import cv2
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from av.video.stream import VideoStream

from edgepose.detect.reading.shot import Clip, Shot
from edgepose.detect.writing.names import FILM_FORMATS
from edgepose.detect.writing.place import Place, unwritable
from edgepose.drawing import Picture
from edgepose.errors import EX_UNAVAILABLE, UserError

_ENCODERS: Final = {
    # The fastest preset: the engine needs the cores, and the film is for looking at once. At a
    # constant quantizer: crf, of the same size and look, estimates each frame's cost beforehand,
    # which takes a sixth of the time.
    "libx264": {"preset": "ultrafast", "qp": "24"},
    "mpeg4": {"qscale": "3"},
}
"""The first that is there is taken."""
_FINEST: Final = 65_535
"""MPEG-4 counts no smaller parts of a second."""


class FilmFile:
    """A film of one size, which its first picture decides. Whole when it is closed."""

    def __init__(self, path: Path, clip: Clip) -> None:
        self._place, self._clip = Place(path), clip
        self._durations: dict[int, int] = {}
        self._stream: VideoStream | None = None
        self.encoder = _encoder()
        try:
            # PyAV opens it with the first packet, which an encoder may keep for long.
            self._place.until_then.open("wb").close()
            self._container = av.open(
                str(self._place.until_then), "w", format=FILM_FORMATS[path.suffix.lower()]
            )
        except (av.FFmpegError, OSError) as error:
            raise unwritable(path, error) from error

    def add(self, picture: Picture, shot: Shot) -> None:
        """One frame, at the time of `shot`. Where that fails there is no film, and only `close`
        may follow."""
        stream = self._stream or self._open(picture)
        frame = _frame(picture, stream.pix_fmt or "")
        frame.pts, frame.time_base = shot.pts, self._clip.time_base
        self._durations[shot.pts or 0] = shot.duration or 0
        self._mux(stream, frame)

    def _open(self, picture: Picture) -> VideoStream:
        clip = self._clip
        added = self._container.add_stream(
            self.encoder, rate=clip.rate, options=_ENCODERS[self.encoder]
        )
        stream = self._stream = cast(VideoStream, added)
        stream.height, stream.width = picture.shape[:2]
        # H.264 halves the colours' size, which an odd one does not allow.
        even = stream.height % 2 == 0 and stream.width % 2 == 0
        stream.pix_fmt = "yuv420p" if even or self.encoder != "libx264" else "yuv444p"
        context = stream.codec_context
        fine = self.encoder == "libx264" or clip.time_base.denominator <= _FINEST
        context.time_base = clip.time_base if fine else Fraction(1, 60_000)
        context.sample_aspect_ratio = clip.pixel_aspect
        context.colorspace, context.color_range = Colorspace.ITU601, ColorRange.MPEG
        return stream

    def _mux(self, stream: VideoStream, frame: VideoFrame | None) -> None:
        try:
            for packet in stream.encode(frame):
                if packet.pts is not None and packet.time_base == self._clip.time_base:
                    packet.duration = self._durations.pop(packet.pts, 0)
                self._container.mux(packet)
        except (av.FFmpegError, OSError) as error:
            self._forget()
            raise unwritable(self._place.path, error) from error

    def close(self) -> None:
        """Finish it; without a frame there is no film."""
        stream, self._stream = self._stream, None
        if stream is None:
            self._forget()
            return
        self._mux(stream, None)
        try:
            self._container.close()
        except (av.FFmpegError, OSError) as error:
            self._place.forget()
            raise unwritable(self._place.path, error) from error
        self._place.keep()

    def _forget(self) -> None:
        # PyAV ends the process where something is written to what it has closed.
        self._stream = None
        self._place.forget()
        try:
            self._container.close()
        except (av.FFmpegError, OSError):
            # What cannot be written cannot be finished either.
            return


def _encoder() -> str:
    for name in _ENCODERS:
        if name in av.codecs_available:
            return name
    raise UserError(
        f"--annotate: PyAV has no encoder for films here, wanted is one of {', '.join(_ENCODERS)}",
        EX_UNAVAILABLE,
    )


def _frame(picture: Picture, pixels: str) -> VideoFrame:
    height, width = picture.shape[:2]
    if pixels == "yuv420p" and height % 2 == 0 and width % 2 == 0:
        # OpenCV's way there takes a tenth of the time that ffmpeg's takes; both are BT.601.
        yuv = cast(Picture, cv2.cvtColor(picture, cv2.COLOR_RGB2YUV_I420))
        # Not `from_ndarray`, which copies it.
        return VideoFrame.from_numpy_buffer(yuv, format="yuv420p")
    frame = VideoFrame.from_ndarray(picture, format="rgb24")
    return frame.reformat(
        format=pixels, dst_colorspace=Colorspace.ITU601, dst_color_range=ColorRange.MPEG
    )
