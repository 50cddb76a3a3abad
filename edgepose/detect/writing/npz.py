"""NPZ for analysts: every number that the engine gave, to the last bit. Raises UserError.

With n pictures, k files and at most m people: `files` (k,) text; `file` (n,) int64, the picture's
place in `files`; `frame` (n,) int64; `timestamp_ms` (n,) float64, NaN where there is no time;
`size` (n, 2) int64, width and height; `people` (n,) int64; `id` (n, m) int64, 0 for nobody's track;
`pose_landmarks` (n, m, 33, 5) float32: x, y, z, visibility, presence; `pose_world_landmarks`
(n, m, 33, 3) float32. What is behind the last person of a picture is NaN, and 0 in `id`.

Rows wait in files without a name, so that a film of hours costs no memory.
"""

import contextlib
import shutil
import tempfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Final

import numpy as np
import numpy.typing as npt
from numpy.lib import format as npy

from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen
from edgepose.detect.writing.place import Place, unwritable

_IN_MEMORY: Final = 1_000_000


class _Column:
    """Rows of one shape and type."""

    def __init__(self, kind: type[np.generic], shape: tuple[int, ...], folder: Path) -> None:
        self._kind, self._shape = np.dtype(kind), shape
        self._rows = 0
        self._file: IO[bytes] = tempfile.SpooledTemporaryFile(  # noqa: SIM115 - closed by close
            _IN_MEMORY, dir=str(folder)
        )

    def add(self, row: npt.ArrayLike) -> None:
        self._file.write(np.asarray(row, self._kind).reshape(self._shape).tobytes())
        self._rows += 1

    def copy_to(self, file: IO[bytes]) -> None:
        npy.write_array_header_2_0(
            file,
            {
                "descr": npy.dtype_to_descr(self._kind),
                "fortran_order": False,
                "shape": (self._rows, *self._shape),
            },
        )
        self._file.seek(0)
        shutil.copyfileobj(self._file, file, 1 << 20)

    def close(self) -> None:
        self._file.close()


class Npz:
    """An Output; the file is there when all is done. `most`: people in a picture."""

    def __init__(self, path: Path, most: int) -> None:
        self._place, self._most = Place(path), most
        self._files: list[str] = []
        self._any = False
        folder = path.parent
        self._columns = {
            "file": _Column(np.int64, (), folder),
            "frame": _Column(np.int64, (), folder),
            "timestamp_ms": _Column(np.float64, (), folder),
            "size": _Column(np.int64, (2,), folder),
            "people": _Column(np.int64, (), folder),
            "id": _Column(np.int64, (most,), folder),
            "pose_landmarks": _Column(np.float32, (most, 33, 5), folder),
            "pose_world_landmarks": _Column(np.float32, (most, 33, 3), folder),
        }

    def begin(self, begin: Begin) -> None:
        """See `Output`."""
        self._files.append(begin.input.name)

    def take(self, seen: Seen) -> None:
        """See `Output`."""
        self._any = True
        row: dict[str, npt.ArrayLike] = {
            "file": len(self._files) - 1,
            "frame": seen.shot.frame,
            "timestamp_ms": np.nan if seen.timestamp_ms is None else seen.timestamp_ms,
            "size": seen.size,
            "people": len(seen.ids),
            "id": self._filled(seen.ids),
            "pose_landmarks": self._padded(seen.result.pose_landmarks),
            "pose_world_landmarks": self._padded(seen.result.pose_world_landmarks),
        }
        try:
            for name, value in row.items():
                self._columns[name].add(value)
        except OSError as error:
            raise unwritable(self._place.path, error) from error

    def _filled(self, ids: Sequence[int]) -> list[int]:
        return [*ids, *[0] * (self._most - len(ids))]

    def _padded(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        whole = np.full((self._most, *rows.shape[1:]), np.nan, np.float32)
        whole[: len(rows)] = rows
        return whole

    def end(self, end: End) -> None:
        """See `Output`."""
        self._any = self._any or not end.interrupted

    def close(self) -> None:
        """See `Output`."""
        try:
            # As numpy.savez does, but for the rows, which are copied from file to file.
            with zipfile.ZipFile(self._place.until_then, "w", allowZip64=True) as packed:
                with packed.open("files.npy", "w", force_zip64=True) as file:
                    npy.write_array(file, np.array(self._files, np.str_), allow_pickle=False)
                for name, column in self._columns.items():
                    with packed.open(f"{name}.npy", "w", force_zip64=True) as file:
                        column.copy_to(file)
        except OSError as error:
            self._place.forget()
            raise unwritable(self._place.path, error) from error
        finally:
            for column in self._columns.values():
                with contextlib.suppress(OSError):
                    column.close()
        # Where the engine does not even start, or nobody waits for it, there is no result.
        self._place.keep() if self._any else self._place.forget()
