"""Films made on the spot by ffmpeg, and what ffprobe sees in a film."""

import json
import subprocess
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

PATTERN = "testsrc=size={}x{}:rate=10:duration=2"
UNEVEN = "setpts='if(lt(N,8),N/10,0.8+(N-8)/4)/TB'"
"""Eight frames at ten a second, then four a second."""


def ffmpeg(*arguments: str | Path) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-nostdin", *map(str, arguments)]
    subprocess.run(command, check=True)


def make(path: Path, *options: str, size: tuple[int, int] = (160, 120)) -> Path:
    """A film of the test pattern."""
    ffmpeg("-f", "lavfi", "-i", PATTERN.format(*size), *options, path)
    return path


@dataclass(frozen=True)
class Probe:
    """`times`: of all frames, in seconds from the file's own beginning."""

    codec: str
    size: tuple[int, int]
    rate: Fraction
    times: list[float]
    sound: bool
    colours: str


def probe(path: Path) -> Probe:
    shown = "stream=codec_type,codec_name,width,height,avg_frame_rate,color_space"
    shown += ":frame=pts_time,media_type"
    command = ["ffprobe", "-v", "error", "-show_entries", shown, "-of", "json", str(path)]
    told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    film = next(each for each in told["streams"] if each["codec_type"] == "video")
    return Probe(
        film["codec_name"],
        (film["width"], film["height"]),
        Fraction(film["avg_frame_rate"]),
        [float(each["pts_time"]) for each in told["frames"] if each["media_type"] == "video"],
        any(each["codec_type"] == "audio" for each in told["streams"]),
        film.get("color_space", "unknown"),
    )


def raw_frames(path: Path) -> bytes:
    """All frames as ffmpeg reads them, RGB."""
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout
