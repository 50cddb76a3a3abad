"""Writes what is looked at: `python -P -m edgepose.bench.frames SCENE WIDTH HEIGHT FOLDER`.

A process of its own, because drawing needs numpy and OpenCV. The pictures are one turn of the drawn
person, so that their end fits their beginning, and few enough for the source that shows them to
keep them decoded: drawing one takes a fifth of the time that an engine looks at it, on the
same cores. Prints how many there are; a failure is one line on stderr.
"""

import itertools
import sys
import threading
from pathlib import Path
from typing import Final

import cv2

from edgepose.errors import UserError
from edgepose.vision.sources.actor import ActorSource

TURN: Final = 33
"""Pictures of one wave of a hand, 0.9 a second, at 30 pictures a second."""
MOST_BYTES: Final = 32_000_000
"""Decoded. Half of what the source keeps: on a small Pi the memory is for the engine."""
_QUALITY: Final = 95


def main(scene: str, width: int, height: int, folder: Path) -> None:
    """Write the pictures, and print their number."""
    count = max(1, min(TURN, MOST_BYTES // (3 * width * height)))
    drawn = ActorSource(scene, (width, height), 0).frames(threading.Event())
    wanted = {i * TURN // count for i in range(count)}
    for frame in itertools.islice(drawn, TURN):
        if frame.number in wanted:
            picture = cv2.cvtColor(frame.image, cv2.COLOR_RGB2BGR)
            path = folder / f"{frame.number:02}.jpg"
            if not cv2.imwrite(str(path), picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]):
                raise UserError(f"{path}: cannot be written: is the disk full?")
    print(count)


if __name__ == "__main__":
    try:
        main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), Path(sys.argv[4]))
    except (UserError, OSError, MemoryError) as problem:
        sys.exit(str(problem))
