"""Pictures and films with the people drawn in them. Raises UserError."""

from pathlib import Path
from typing import Final

import cv2
from PIL import Image

from edgepose.detect.reading.inputs import Input
from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.detect.writing.film import FilmFile
from edgepose.detect.writing.names import AnnotatedNames
from edgepose.detect.writing.place import Place, make_folder, unwritable
from edgepose.drawing import Picture, draw

_FORMATS: Final = {".jpg": "JPEG", ".jpeg": "JPEG", ".tif": "TIFF", ".tiff": "TIFF"}
_QUALITY: Final = 92
_STRIP: Final = 256
"""Rows."""


class Annotated:
    """An Output: a picture for each picture, a film for each film."""

    def __init__(self, names: AnnotatedNames) -> None:
        self._names = names
        self._film: FilmFile | None = None
        self._folder: Path | None = None

    def begin(self, begin: Begin) -> None:
        """See `Output`."""
        if begin.clip is not None:
            self._film = FilmFile(self._names.of(begin.input), begin.clip)
        elif begin.frames is not None and begin.frames > 1:
            self._folder = self._names.inside(begin.input)
            make_folder(self._folder)

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        result = seen.result
        ids = seen.ids if seen.timestamp_ms is not None else None
        # In the picture itself, which nobody else wants any more.
        picture = draw(
            seen.shot.image, result.people, ids=ids, masks=result.segmentation_masks, copy=False
        )
        if self._film is not None:
            self._film.add(picture, seen.shot)
        else:
            _write(picture, self._path(seen.input, seen.shot.frame))

    def _path(self, file: Input, frame: int) -> Path:
        if self._folder is not None:
            return self._folder / f"{frame:06}.png"
        return self._names.of(file)

    def end(self, _end: End) -> None:
        """See `Output`."""
        self.close()

    def close(self) -> None:
        """See `Output`."""
        film, self._film, self._folder = self._film, None, None
        if film is not None:
            film.close()


def _write(picture: Picture, path: Path) -> None:
    """Write it; what was in `picture` is lost."""
    place, suffix = Place(path), path.suffix.lower()
    try:
        if suffix == ".png":
            # Pillow's encoder takes several times as long. Strip by strip, so that there is no
            # second copy of a large one.
            for top in range(0, len(picture), _STRIP):
                strip = picture[top : top + _STRIP]
                strip[:] = strip[:, :, ::-1]
            place.until_then.write_bytes(cv2.imencode(suffix, picture)[1].data)
        else:
            form = _FORMATS.get(suffix, suffix[1:].upper())
            Image.fromarray(picture).save(place.until_then, form, quality=_QUALITY)
    # ValueError: larger than a picture of this kind can be.
    except (OSError, ValueError) as error:
        place.forget()
        raise unwritable(path, error) from error
    place.keep()
