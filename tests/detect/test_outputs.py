"""What is written of what was seen holds every number of it."""

import csv
import json
import os
from collections import deque
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.inputs import Input, Kind
from edgepose.detect.reading.shot import MOST_PIXELS, Clip, Shot
from edgepose.detect.reading.shots import Begin, End
from edgepose.detect.seen import Seen, tell
from edgepose.detect.writing import Output
from edgepose.detect.writing.annotated import Annotated
from edgepose.detect.writing.csv_file import COLUMNS, CsvFile
from edgepose.detect.writing.json_lines import JsonLines
from edgepose.detect.writing.masks import Masks
from edgepose.detect.writing.names import AnnotatedNames, MaskNames
from edgepose.detect.writing.npz import Npz
from edgepose.detect.writing.table import Table
from edgepose.detect.writing.thread import Writing
from edgepose.errors import UserError
from edgepose.landmarker import PoseLandmarkerResult
from edgepose.landmarker.result import as_arrays
from edgepose.messages import BLAZEPOSE33, DecodeError, Landmark, Person, WorldLandmark, decode_json
from edgepose.vision.engines import Result

CLIP = Clip(Fraction(1, 1000), Fraction(25))
PICTURE, FILM = (
    Input("a.png", Kind.PICTURE, path=Path("a.png")),
    Input("b.mp4", Kind.FILM, path=Path("b.mp4")),
)


def result(people: int, *, masks: bool = False) -> PoseLandmarkerResult:
    """Random people in a picture of 40x30."""
    random = np.random.default_rng(people)
    found = tuple(
        Person(
            tuple(Landmark(*map(float, row)) for row in random.random((33, 5), np.float32)),
            tuple(WorldLandmark(*map(float, row)) for row in random.random((33, 3), np.float32)),
        )
        for _ in range(people)
    )
    soft = tuple(random.random((30, 40), np.float32) for _ in range(people)) if masks else ()
    return as_arrays(Result(found, 0, soft), (40, 30), masks=masks)


def seen(file: Input, frame: int, people: int, *, masks: bool = False) -> Seen:
    moves = file.kind.moves
    shot = Shot(np.zeros((30, 40, 3), np.uint8), frame, frame * 40 if moves else None, 40)
    ids = tuple(range(7, 7 + people)) if moves else (0,) * people
    at_ms = frame * 40.125 if moves else None
    return Seen(file, shot, result(people, masks=masks), ids, at_ms, 12.34)


STEPS: list[Begin | Seen | End] = [
    Begin(PICTURE),
    seen(PICTURE, 0, 2),
    End(),
    Begin(Input("c.png", Kind.PICTURE), frames=0),
    End("c.png: damaged"),
    Begin(FILM, CLIP, 2),
    seen(FILM, 0, 1),
    seen(FILM, 1, 0),
    End("b.mp4: interrupted"),
]


def write(output: Output) -> None:
    writing = Writing([output], Allowance(MOST_PIXELS))
    for step in STEPS:
        writing.put(step)
    writing.close()


def test_json_is_what_subscribers_get_with_file_and_time(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    with path.open("wb") as file:
        write(JsonLines(file.fileno()))
    lines = path.read_text().splitlines()
    first, refused, second, third, last = map(json.loads, lines)
    assert (refused, last) == (
        {"file": "c.png", "error": "damaged"},
        {"file": "b.mp4", "error": "interrupted"},
    )
    assert [each.get("timestamp_ms") for each in (first, second, third)] == [None, 0, 40.125]
    poses = [decode_json(line) for line in (lines[0], lines[2], lines[3])]
    assert [(pose.seq, pose.frame, pose.size) for pose in poses] == [
        (0, 0, (40, 30)),
        (1, 0, (40, 30)),
        (2, 1, (40, 30)),
    ]
    assert [[person.id for person in pose.people] for pose in poses] == [[0, 0], [7], []]
    assert (poses[0].clock_unset, poses[0].latency_ms) == (True, 12.3)
    for person, meant in zip(poses[0].people, result(2).people, strict=True):
        assert np.allclose(person.landmarks, meant.landmarks, atol=0.0051)
        assert np.allclose(person.world, meant.world, atol=0.00006)
    with pytest.raises(DecodeError):
        decode_json(lines[1])


def test_csv_has_a_row_for_each_landmark_and_one_for_nobody(tmp_path: Path) -> None:
    write(CsvFile(tmp_path / "x.csv"))
    with (tmp_path / "x.csv").open(newline="") as file:
        rows = [*csv.DictReader(file)]
    assert tuple(rows[0]) == COLUMNS
    assert len(rows) == 2 * 33 + 33 + 1
    assert [row["landmark"] for row in rows[:33]] == [*BLAZEPOSE33]
    picture, film, nobody = rows[40], rows[66], rows[-1]
    assert (picture["file"], picture["timestamp_ms"], picture["person"]) == ("a.png", "", "2")
    assert (film["frame"], film["id"], film["timestamp_ms"], film["people"]) == (
        "0",
        "7",
        "0.0",
        "1",
    )
    assert (nobody["people"], nobody["person"], nobody["x"]) == ("0", "", "")
    meant = result(2)
    names = ("x", "y", "z", "visibility", "presence")
    row = [float(picture[name]) for name in names]
    assert np.allclose(row, meant.pose_landmarks[1, 7], rtol=1e-6)
    assert float(picture["world_z"]) == pytest.approx(float(meant.pose_world_landmarks[1, 7, 2]))


def test_npz_has_every_number_to_the_last_bit(tmp_path: Path) -> None:
    write(Npz(tmp_path / "x.npz", most=3))
    with np.load(tmp_path / "x.npz") as arrays:
        loaded = dict(arrays.items())
    assert loaded["files"].tolist() == ["a.png", "c.png", "b.mp4"]
    assert loaded["file"].tolist() == [0, 2, 2]
    assert loaded["frame"].tolist() == [0, 0, 1]
    assert loaded["people"].tolist() == [2, 1, 0]
    assert loaded["id"].tolist() == [[0, 0, 0], [7, 0, 0], [0, 0, 0]]
    assert loaded["size"].tolist() == [[40, 30]] * 3
    np.testing.assert_array_equal(loaded["timestamp_ms"], [np.nan, 0, 40.125])
    marks, world = loaded["pose_landmarks"], loaded["pose_world_landmarks"]
    assert (marks.shape, marks.dtype) == ((3, 3, 33, 5), np.float32)
    assert (world.shape, world.dtype) == ((3, 3, 33, 3), np.float32)
    np.testing.assert_array_equal(marks[0, :2], result(2).pose_landmarks)
    np.testing.assert_array_equal(world[1, :1], result(1).pose_world_landmarks)
    assert np.isnan(marks[0, 2]).all()
    assert np.isnan(marks[2]).all()
    assert [path.name for path in tmp_path.iterdir()] == ["x.npz"]


def test_the_table_has_a_line_for_each_picture_and_each_film(
    capsys: pytest.CaptureFixture[str],
) -> None:
    write(Table([PICTURE, FILM]))
    head, picture, film = capsys.readouterr().out.splitlines()
    assert head.split() == ["file", "size", "people", "confidence", "landmarks", "seen"]
    assert picture.split()[:3] == ["a.png", "40x30", "2"]
    assert film == "b.mp4  40x30       1 frame with 1 person, 1 with nobody"
    # The pictures of an array have numbers, and there is room for them.
    stack = Input("x.npy", Kind.ARRAY, path=Path("x.npy"))
    table = Table([stack])
    for step in (Begin(stack, frames=1001), seen(stack, 0, 0), seen(stack, 1000, 0), End()):
        _put(table, step)
    assert capsys.readouterr().out.splitlines()[1:] == [
        "x.npy 0    40x30       0",
        "x.npy 1000  40x30       0",
    ]


def test_counts_are_told_the_most_first() -> None:
    assert tell({0: 4, 1: 7, 3: 1}, "frame") == (
        "1 frame with 3 people, 7 with 1 person, 4 with nobody"
    )


def test_masks_keep_their_soft_values(tmp_path: Path) -> None:
    inputs = [PICTURE, FILM]
    masks = Masks(MaskNames(tmp_path, inputs))
    (tmp_path / "a.mask9.png").touch()
    for step in (Begin(PICTURE), seen(PICTURE, 0, 2, masks=True), End()):
        _put(masks, step)
    for step in (Begin(FILM, CLIP, 2), seen(FILM, 1, 1, masks=True), End()):
        _put(masks, step)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")}
    # The ninth was of another run.
    assert found == {"a.mask1.png", "a.mask2.png", "b/000001.mask1.png"}
    meant = result(2, masks=True).segmentation_masks
    assert meant is not None
    for number, mask in enumerate(meant, 1):
        read = cv2.imread(str(tmp_path / f"a.mask{number}.png"), cv2.IMREAD_UNCHANGED)
        assert read is not None
        assert read.dtype == np.uint16
        assert np.abs(read / 65535 - mask).max() < 1e-5


def _put(output: Output, step: Begin | Seen | End) -> None:
    if isinstance(step, Begin):
        output.begin(step)
    elif isinstance(step, Seen):
        output.take(step)
    else:
        output.end(step)


def test_pictures_of_an_array_get_a_folder(tmp_path: Path) -> None:
    file = Input("stack.npy", Kind.ARRAY, path=Path("stack.npy"))
    annotated = Annotated(AnnotatedNames(tmp_path, [file]))
    for step in (Begin(file, frames=2), seen(file, 0, 1), seen(file, 1, 0), End()):
        _put(annotated, step)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*.png")}
    assert names == {"stack/000000.png", "stack/000001.png"}
    drawn = cv2.imread(str(tmp_path / "stack/000000.png"))
    assert drawn is not None
    assert drawn.any()


def test_what_an_output_raises_ends_the_work() -> None:
    reading, pipe = os.pipe()
    os.close(reading)
    writing = Writing([JsonLines(pipe)], Allowance(MOST_PIXELS))
    with pytest.raises(BrokenPipeError):
        deque(map(writing.put, [STEPS[1]] * 99), maxlen=0)
    with pytest.raises(BrokenPipeError):
        writing.close()
    os.close(pipe)


def test_a_name_as_long_as_one_can_be_is_written(tmp_path: Path) -> None:
    file = Input("it", Kind.PICTURE, path=Path("x" * 251 + ".png"))
    annotated = Annotated(AnnotatedNames(tmp_path, [file]))
    for step in (Begin(file), seen(file, 0, 1), End()):
        _put(annotated, step)
    assert [each.name for each in tmp_path.iterdir()] == ["x" * 225 + ".png"]
    longest = tmp_path / ("x" * 251 + ".csv")
    write(CsvFile(longest))
    assert longest.exists()


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.mask1.png").mkdir()
    with pytest.raises(UserError, match=r"a\.mask1\.png: cannot be written: Is a directory"):
        Masks(MaskNames(tmp_path, [PICTURE])).begin(Begin(PICTURE))
    annotated = Annotated(AnnotatedNames(tmp_path / "wide.webp", [PICTURE]))
    annotated.begin(Begin(PICTURE))
    wide = Seen(PICTURE, Shot(np.zeros((8, 16_384, 3), np.uint8)), result(0), (), None, 1.0)
    with pytest.raises(UserError, match=r"wide\.webp: cannot be written: "):
        annotated.take(wide)
    assert [each.name for each in tmp_path.iterdir()] == ["a.mask1.png"]


def test_a_full_disk_is_told() -> None:
    with Path("/dev/full").open("wb") as file:
        writing = Writing([JsonLines(file.fileno())], Allowance(MOST_PIXELS))
        writing.put(STEPS[1])
        with pytest.raises(UserError, match="the output cannot be written: No space left"):
            writing.close()


@pytest.mark.parametrize("steps", [[], [Begin(FILM, CLIP, 2), End("b.mp4: x", interrupted=True)]])
def test_without_a_result_there_is_no_file(tmp_path: Path, steps: list[Begin | Seen | End]) -> None:
    outputs: list[Output] = [CsvFile(tmp_path / "x.csv"), Npz(tmp_path / "x.npz", 1)]
    writing = Writing(outputs, Allowance(MOST_PIXELS))
    for step in steps:
        writing.put(step)
    writing.close()
    assert [*tmp_path.iterdir()] == []
