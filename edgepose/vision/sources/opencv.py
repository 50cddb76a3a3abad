"""OpenCV as the file sources use it: quiet, and with local films only.

Owns OpenCV's settings for reading and the size of what is read; the files belong to `film` and
`pictures`. Importing it sets OpenCV up for the whole process; raises nothing.

OpenCV and its ffmpeg say nothing on stderr: whoever calls them says in one line what went wrong.
OPENCV_LOG_LEVEL and OPENCV_FFMPEG_LOGLEVEL in the environment make them talk. (libjpeg and libpng
cannot be silenced: a broken picture may add their own line to ours.)
"""

import os
from typing import Final, NamedTuple

import cv2
from cv2.typing import MatLike

from edgepose.vision.frame import Image

FILM_FORMATS: Final = (
    "asf,avi,flv,gif,h264,hevc,ivf,m4v,matroska,mjpeg,mov,mpeg,mpegts,mpegvideo,mxf,nut,ogg,"
    "yuv4mpegpipe"
)
"""The formats that may be opened, by ffmpeg's names for them. Left to itself, ffmpeg draws a text
file as a film, and follows a playlist to other files and to addresses."""

# Read by OpenCV whenever it opens a film, and when it opens the first one.
os.environ["OPENCV_FFMPEG_CAPTURE_OPTIONS"] = (
    f"protocol_whitelist;file|format_whitelist;{FILM_FORMATS}"
)
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class Shot(NamedTuple):
    """A picture to show, and the nanoseconds from the one before it to this one."""

    image: Image
    interval_ns: int


def fit(image: MatLike, size: tuple[int, int]) -> MatLike:
    """Scale down to fit within `size` (width, height), keeping the shape; never up."""
    height, width = image.shape[:2]
    scale = min(size[0] / width, size[1] / height)
    if scale >= 1:
        return image
    inside = max(1, round(width * scale)), max(1, round(height * scale))
    return cv2.resize(image, inside, interpolation=cv2.INTER_AREA)
