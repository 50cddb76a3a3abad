"""No two results go into one file, and nothing that is there is lost."""

from pathlib import Path

import pytest

from edgepose.detect.reading.inputs import Input, Kind
from edgepose.detect.writing.names import AnnotatedNames, MaskNames, refuse_existing
from edgepose.errors import UserError


def files(*names: str, kind: Kind = Kind.PICTURE) -> list[Input]:
    return [Input(name, kind, path=Path(name)) for name in names]


def test_files_of_one_name_get_names_of_their_own() -> None:
    inputs = files("a/x.jpg", "b/x.jpg", "x.png", "x-2.png", "X.jpg", "x.avif", "x-2.jpg")
    named = AnnotatedNames(Path("out"), inputs)
    assert [named.of(each).name for each in inputs] == [
        *("x.jpg", "x-3.jpg", "x.png", "x-2.png", "X-4.jpg", "x-3.png", "x-2.jpg"),
    ]
    masks = MaskNames(Path("out"), inputs)
    assert [masks.stem(each).name for each in inputs] == [
        *("x", "x-3", "x-4", "x-2", "X-5", "x-6", "x-2-2"),
    ]


@pytest.mark.parametrize("order", [1, -1])
def test_a_film_keeps_its_name_beside_a_picture_of_it(order: int) -> None:
    # What is in a picture that is none may be a film, until somebody reads it.
    picture, damaged = files("cut.png"), files("cut.jpg", kind=Kind.FILM)
    film, stack = files("cut.mp4", kind=Kind.FILM), files("cut.jpg.npy", kind=Kind.ARRAY)
    inputs = [*picture, *damaged, *film, *stack][::order]
    named, masks = AnnotatedNames(Path("out"), inputs), MaskNames(Path("out"), inputs)
    assert [named.of(each).name for each in (*picture, *damaged, *film, *stack)] == [
        *("cut.png", "cut-2.mp4", "cut.mp4", "cut.jpg.png"),
    ]
    assert [masks.stem(each).name for each in (*picture, *damaged, *film)] == [
        "cut",
        "cut-2",
        "cut",
    ]


def test_a_name_that_is_as_long_as_one_can_be_leaves_room_for_more(tmp_path: Path) -> None:
    inputs = files("x" * 251 + ".png", "\N{CJK UNIFIED IDEOGRAPH-4EBA}" * 83 + ".png")
    masks = MaskNames(tmp_path, [*inputs, *inputs])
    for each in inputs:
        (tmp_path / f"{masks.stem(each).name}.mask10.png").touch()
    assert len(masks.existing(inputs)) == 2


def test_what_is_not_there_is_judged_when_its_turn_comes() -> None:
    lost = Input("nowhere.mp4", Kind.PICTURE, problem="no such file or folder")
    assert AnnotatedNames(Path("out.mp4"), [lost]).of(lost) == Path("out.mp4")


def test_a_picture_stays_of_its_kind_where_that_can_be_written() -> None:
    inputs = [*files("a.jpg", "b.avif", "c.WEBP"), *files("d.avi", kind=Kind.FILM)]
    named = AnnotatedNames(Path("out"), inputs)
    assert [named.of(each).name for each in inputs] == ["a.jpg", "b.png", "c.WEBP", "d.mp4"]
    stdin = Input("-", Kind.PICTURE)
    assert AnnotatedNames(Path("out"), [stdin]).of(stdin) == Path("out/stdin.png")


@pytest.mark.parametrize(
    ("out", "inputs", "words"),
    [
        ("out.png", files("a.png", "b.png"), "one file for 2 inputs; give a folder"),
        ("out.gif", files("a.png"), r"for a picture allowed are .*\.jpg"),
        ("out.mp4", files("a.png"), r"for a picture allowed are .*\.jpg"),
        (
            "out.png",
            files("a.jpg", kind=Kind.FILM),
            r"a\.jpg is no picture, and for a film allowed are .*\.mp4",
        ),
        (
            "out.txt",
            files("a.png"),
            r"allowed are .*\.jpg.*; for a folder of this name make it first",
        ),
        ("out.avi", files("a.mp4", kind=Kind.FILM), r"for a film allowed are .*\.mp4"),
    ],
)
def test_a_place_that_does_not_fit_is_refused(out: str, inputs: list[Input], words: str) -> None:
    with pytest.raises(UserError, match=words):
        AnnotatedNames(Path(out), inputs)


def test_what_is_there_is_written_over_only_where_that_is_asked_for(tmp_path: Path) -> None:
    there = [tmp_path / f"{n}.png" for n in range(5)]
    with pytest.raises(UserError, match=r"0\.png, .*1\.png, .*2\.png and 2 more: there already"):
        refuse_existing(there, [], overwrite=False)
    refuse_existing(there, [], overwrite=True)
    refuse_existing([], [], overwrite=False)


def test_what_is_looked_at_is_never_written_over(tmp_path: Path) -> None:
    picture, link = tmp_path / "a.png", tmp_path / "b.png"
    picture.touch()
    link.symlink_to(picture)
    with pytest.raises(UserError, match="is to be looked at, and written"):
        refuse_existing([link], files(str(picture)), overwrite=True)


def test_masks_of_before_are_found_and_those_of_others_are_not(tmp_path: Path) -> None:
    for name in ("x.mask1.png", "x.mask12.png", "x-2.mask1.png", "x.maskA.png", "x.png"):
        (tmp_path / name).touch()
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "000003.mask1.png").touch()
    inputs = [*files("x.jpg"), *files("film.mp4", kind=Kind.FILM)]
    named = MaskNames(tmp_path, inputs)
    found = {str(path.relative_to(tmp_path)) for path in named.existing(inputs)}
    assert found == {"x.mask1.png", "x.mask12.png", "film/000003.mask1.png"}
