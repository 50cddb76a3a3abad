"""A film, frame by frame, at its own times, through PyAV.

Any thread, one at a time. Raises UserError. The daemon plays films through OpenCV, which has no
exact times; here they are what counts.
"""

from collections.abc import Iterator
from fractions import Fraction
from functools import partial
from typing import BinaryIO, Final, cast

import av
import numpy as np
from av.container import InputContainer
from av.stream import Disposition
from av.video.frame import VideoFrame
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.shot import MOST_PIXELS, Clip, Rising, Shot
from edgepose.drawing import Picture
from edgepose.errors import UserError
from edgepose.vision.sources.opencv import FILM_FORMATS

USUAL_RATE: Final = Fraction(25)
"""Frames a second of a film that does not tell: ffmpeg's own."""
# What is in the file may name others, and addresses: neither is opened.
_OPTIONS: Final = {"protocol_whitelist": "", "format_whitelist": FILM_FORMATS}
_NONE: Final = "no picture and no film that can be read"


class Film:
    """An opened film; `clip` tells what it is. Close it."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._name = name
        try:
            self._container: InputContainer = av.open(file, "r", options=_OPTIONS)
        # ValueError: what PyAV thinks of some files.
        except (av.FFmpegError, ValueError) as error:
            raise UserError(f"{name}: {_NONE}") from error
        pictures = [
            each
            for each in self._container.streams.video
            # The cover of a record is no film.
            if not each.disposition & Disposition.attached_pic
        ]
        if not pictures:
            self.close()
            raise UserError(f"{name}: it has sound, or other things, and no pictures")
        self._stream = pictures[0]
        try:
            self.clip = self._describe()
        except UserError:
            self.close()
            raise

    def _describe(self) -> Clip:
        stream = self._stream
        if stream.codec_context is None:
            raise UserError(f"{self._name}: its pictures are in a format that is not known here")
        width, height = stream.codec_context.width, stream.codec_context.height
        if width * height > MOST_PIXELS:
            raise UserError(f"{self._name}: {width}x{height} are too many pixels")
        rate = stream.guessed_rate or stream.average_rate or USUAL_RATE
        frames = stream.frames or None
        if frames is None and self._container.duration:
            frames = round(self._container.duration / av.time_base * rate)
        aspect = stream.sample_aspect_ratio or Fraction(1)
        return Clip(stream.time_base or 1 / rate, rate, frames, aspect)

    def shots(self, allowance: Allowance) -> Iterator[Shot]:
        """Every frame that can be read. UserError at the end, where some could not."""
        self._stream.thread_type = "AUTO"
        clip, size = self.clip, None
        usual = round(1 / clip.rate / clip.time_base)
        times = Rising(usual, _origin(self._container, self._stream, clip.time_base))
        number, lost = 0, _Lost()
        # One for all: that of a frame would make its tables anew, which takes half of the time.
        to_rgb = VideoReformatter()
        for frame in _decode(self._container, self._stream, lost):
            # Of one size, whatever happens in the middle: the engine follows people through it.
            size = size or (frame.width, frame.height)
            image = allowance.make(size[0] * size[1], partial(_upright, to_rgb, frame, size))
            yield Shot(image, number, times.next(frame.pts), frame.duration or usual)
            number += 1
        if not number:
            raise UserError(f"{self._name}: the film holds no frame that can be read")
        if lost.parts:
            parts = "1 part" if lost.parts == 1 else f"{lost.parts} parts"
            raise UserError(
                f"{self._name}: damaged: {number} frames were read, {parts} of it could not be "
                f"({lost.reason})"
            )

    def close(self) -> None:
        """Give the memory and the threads back."""
        self._container.close()


def _upright(to_rgb: VideoReformatter, frame: VideoFrame, size: tuple[int, int]) -> Picture:
    turn = frame.rotation // 90
    made = to_rgb.reformat(frame, *size, "rgb24")
    flat = cast(Picture, made.to_ndarray())
    if turn:
        return np.ascontiguousarray(np.rot90(flat, turn))
    # Some decoders make the next frame of this one, and people are drawn into what is handed on.
    return flat.copy() if made is frame else flat


class _Lost:
    """What could not be decoded."""

    def __init__(self) -> None:
        self.parts = 0
        self.reason = ""

    def count(self, reason: str | None) -> None:
        self.parts += 1
        self.reason = self.reason or reason or ""


def _decode(container: InputContainer, stream: VideoStream, lost: _Lost) -> Iterator[VideoFrame]:
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except IndexError:  # something of a stream that was not there at the beginning
            packets = container.demux(stream)
            continue
        except av.FFmpegError as error:
            lost.count(error.strerror)
            packet = None
        if packet is None:
            return
        if packet.is_corrupt:
            lost.count("a part of it is not there")
        try:
            for frame in packet.decode():
                if frame.is_corrupt:
                    lost.count("a frame is not whole")
                yield frame
        except av.FFmpegError as error:
            if not packet.is_corrupt:
                lost.count(error.strerror)


def _origin(container: InputContainer, stream: VideoStream, time_base: Fraction) -> int | None:
    """Where the film begins, sound included, in the stream's time base; None: its first frame."""
    start = cast("int | None", container.start_time)
    if start is None:
        return None
    origin = round(Fraction(start, av.time_base) / time_base)
    # The container's is rounded to microseconds.
    near = stream.start_time is not None and abs(stream.start_time - origin) <= 1
    return stream.start_time if near else origin
