"""What the paths name: each file's kind by what is in it, in an order that people expect."""

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edgepose.detect.allowance import Allowance
from edgepose.detect.reading.arrays import read_array
from edgepose.detect.reading.inputs import Input, Kind, find
from edgepose.detect.reading.shot import MOST_PIXELS, Shot
from edgepose.detect.reading.shots import Begin, End, read_all
from edgepose.errors import UserError
from tests.detect.made import make

HEIC = b"\0\0\0\x18ftypheic" + bytes(99)


def picture(path: Path, **options: object) -> Path:
    Image.new("RGB", (32, 24), (9, 9, 9)).save(path, path.suffix[1:].upper(), **options)
    return path


def test_a_folder_gives_its_files_in_natural_order(tmp_path: Path) -> None:
    for name in ("10.png", "2.png", "1.png", ".hidden.png", "B.png", "a.png"):
        picture(tmp_path / name)
    (tmp_path / "notes.txt").write_text("no picture")
    (tmp_path / "phone.HEIC").write_bytes(HEIC)
    (tmp_path / "inside.png").mkdir()
    (tmp_path / ".hidden").mkdir()
    found = find([str(tmp_path)])
    assert [Path(each.name).name for each in found.files] == [
        "1.png", "2.png", "10.png", "a.png", "B.png", "phone.HEIC",
    ]  # fmt: skip
    assert (found.left_out, found.folders_left_out) == (1, 1)


def test_a_kind_is_what_is_in_a_file_and_not_its_name(tmp_path: Path) -> None:
    moving = tmp_path / "moving.png"
    other = Image.new("RGB", (32, 24))
    picture(moving, save_all=True, append_images=[other], duration=50)
    np.save(tmp_path / "array.npy", np.zeros((9, 9, 3), np.uint8))
    files = {
        picture(tmp_path / "still.png"): Kind.PICTURE,
        moving: Kind.ANIMATION,
        (tmp_path / "array.npy").rename(tmp_path / "array.jpg"): Kind.ARRAY,
        make(tmp_path / "film.avi").rename(tmp_path / "film.jpg"): Kind.FILM,
        # Here the name is all that tells.
        make(tmp_path / "raw.mjpeg"): Kind.FILM,
    }
    assert [each.kind for each in find(map(str, files)).files] == [*files.values()]


def test_an_address_is_refused_and_its_password_not_told() -> None:
    (found,) = find(["http://jo:pw@cam.lan/x.jpg"]).files
    assert found.name == "http://***@cam.lan/***"
    assert found.problem is not None
    assert found.problem.startswith("an address; files are looked at here")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("nowhere/x.png", None, "no such file or folder"),
        ("empty.png", b"", "it is empty"),
        (
            "phone.jpg",
            HEIC,
            "HEIC, which is not read here: make a JPEG",
        ),
        ("text.png", b"words " * 99, "no picture and no film"),
        ("bad.npy", b"\x93NUMPY" + bytes(9), "no whole array"),
        ("open.npy", b"\x93NUMPY\1\0\x05\0{'a':", "no whole array"),
        ("a\0b.png", None, "cannot be read"),
    ],
)
def test_what_cannot_be_looked_at_is_told_when_its_turn_comes(
    tmp_path: Path, name: str, content: bytes | None, problem: str
) -> None:
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    good = picture(tmp_path / "good.png")
    steps = [*read_all(find([str(path), str(good)]).files, Allowance(MOST_PIXELS))]
    begin, end, second, _, last = steps
    assert isinstance(begin, Begin)
    assert isinstance(end, End)
    assert (end.problem or "").startswith(f"{path}: {problem}")
    assert isinstance(second, Begin)
    assert second.input.path == good
    assert last == End()


def test_trouble_that_nobody_knows_is_that_of_one_file(tmp_path: Path) -> None:
    class Strange(io.BytesIO):
        def read(self, _size: int | None = -1, /) -> bytes:
            raise KeyError("a fault")

    steps = [
        *read_all(
            [
                Input("strange", Kind.FILM, file=Strange()),
                *find([str(picture(tmp_path / "a.png"))]).files,
            ],
            Allowance(MOST_PIXELS),
        )
    ]
    assert steps[1] == End("strange: cannot be read: unexpected KeyError: 'a fault'")
    assert [type(step) for step in steps[2:]] == [Begin, Shot, End]


def test_a_device_is_no_file() -> None:
    [found] = find(["/dev/null"]).files
    assert found.problem == "neither a file nor a folder"


def test_a_folder_with_nothing_is_an_error_with_what_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    with pytest.raises(UserError, match=r"among the files \(1\); allowed are .*\.jpg"):
        find([str(tmp_path)])
    (tmp_path / "inside").mkdir()
    with pytest.raises(UserError, match="folders in it are not looked into: name them"):
        find([str(tmp_path)])


def saved(path: Path, array: object) -> Path:
    np.save(path, np.asarray(array), allow_pickle=True)
    return path


def test_an_array_is_a_picture_or_several(tmp_path: Path) -> None:
    values = np.arange(2 * 4 * 5 * 3, dtype=np.uint8).reshape(2, 4, 5, 3)
    for array in (values, values[0], np.asfortranarray(values)):
        with saved(tmp_path / "a.npy", array).open("rb") as file:
            count, shots = read_array(file, "it", Allowance(MOST_PIXELS))
            seen = [shot.image for shot in shots]
        assert count == len(seen)
        assert (np.stack(seen) == array).all()


def test_half_an_array_is_none(tmp_path: Path) -> None:
    path = saved(tmp_path / "a.npy", np.zeros((9, 9, 3), np.uint8))
    path.write_bytes(path.read_bytes()[:-1])
    with path.open("rb") as file, pytest.raises(UserError, match="it: damaged: it ends too early"):
        read_array(file, "it", Allowance(MOST_PIXELS))


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((4, 4, 3)),
        np.zeros((4, 4), np.uint8),
        np.zeros((4, 4, 4), np.uint8),
        np.zeros((0, 4, 4, 3), np.uint8),
        np.zeros((1, 1, 4, 4, 3), np.uint8),
        np.array([{}]),
        np.uint8(3),
    ],
)
def test_an_array_of_anything_else_is_refused(tmp_path: Path, array: object) -> None:
    with (
        saved(tmp_path / "a.npy", array).open("rb") as file,
        pytest.raises(UserError, match=r"^it: .*; allowed is uint8 of \(height, width, 3\), RGB"),
    ):
        read_array(file, "it", Allowance(MOST_PIXELS))
