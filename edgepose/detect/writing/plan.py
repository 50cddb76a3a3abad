"""Everything that is to be written, refused before the work begins where it cannot be.

Runs on the main thread. Raises UserError.
"""

import sys
from collections.abc import Sequence
from pathlib import Path

from edgepose.detect.asked import PIPE, Asked
from edgepose.detect.reading.inputs import Input
from edgepose.detect.writing import Output
from edgepose.detect.writing.annotated import Annotated
from edgepose.detect.writing.csv_file import CsvFile
from edgepose.detect.writing.json_lines import JsonLines
from edgepose.detect.writing.masks import Masks
from edgepose.detect.writing.names import AnnotatedNames, MaskNames, refuse_existing
from edgepose.detect.writing.npz import Npz
from edgepose.detect.writing.place import check_writable, make_folder
from edgepose.detect.writing.table import Table
from edgepose.errors import EX_USAGE, UserError


def outputs(asked: Asked, inputs: Sequence[Input]) -> list[Output]:
    """All that is asked for, checked and opened."""
    names = None if asked.annotate is None else AnnotatedNames(asked.annotate, inputs)
    masks = None if asked.masks is None else MaskNames(asked.masks, inputs)
    single = _single_files(asked, names)
    existing = [path for path in single if path.exists()]
    existing += [] if names is None else names.existing(inputs)
    existing += [] if masks is None else masks.existing(inputs)
    refuse_existing(list(dict.fromkeys(existing)), inputs, asked.overwrite)
    for path in single:
        check_writable(path)
    if names is not None and names.folder is not None:
        make_folder(names.folder)
    if masks is not None:
        make_folder(masks.folder)
    made: list[Output] = []
    if asked.json:
        made.append(JsonLines(sys.stdout.fileno()))
    if asked.table:
        made.append(Table(inputs))
    if asked.csv is not None:
        made.append(CsvFile(None if asked.csv == PIPE else asked.csv))
    if asked.npz is not None:
        made.append(Npz(asked.npz, asked.num_poses))
    if names is not None:
        made.append(Annotated(names))
    if masks is not None:
        made.append(Masks(masks))
    return made


def _single_files(asked: Asked, names: AnnotatedNames | None) -> list[Path]:
    named = [path for path in (asked.csv, asked.npz) if path is not None and path != PIPE]
    if names is not None and names.folder is None and asked.annotate is not None:
        named.append(asked.annotate)
    if len({path.absolute() for path in named}) < len(named):
        raise UserError("two results cannot go into one file", EX_USAGE)
    return named
