"""`config/landmarks.json` is up to date, and is enough to draw a skeleton."""

import json
from typing import Any

import pytest

from edgepose.messages.landmarks_file import FILE, landmarks_file

FACE = {"nose", "left_eye", "right_eye", "left_ear", "right_ear"}


@pytest.fixture(scope="module")
def file() -> Any:
    """What the file holds."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def groups(pairs: list[list[int]]) -> list[set[int]]:
    """What hangs together, each group by its indices."""
    found: list[set[int]] = []
    for pair in pairs:
        touched = [group for group in found if group & {*pair}]
        found = [group for group in found if group not in touched]
        found.append({*pair}.union(*touched))
    return sorted(found, key=min)


def test_it_is_up_to_date() -> None:
    told = "run python -m edgepose.messages.landmarks_file"
    assert FILE.read_text(encoding="utf-8") == landmarks_file(), told


@pytest.mark.parametrize(
    ("name", "count", "parts"),
    [("blazepose33", 33, [range(9), range(9, 11), range(11, 33)]), ("coco17", 17, [range(17)])],
)
def test_the_lines_join_all_landmarks(file: Any, name: str, count: int, parts: list[range]) -> None:
    told = file["sets"][name]
    assert [each["index"] for each in told["landmarks"]] == [*range(count)]
    # MediaPipe's lines leave the eyes, the mouth and the body each to themselves.
    assert groups(told["connections"]) == [{*part} for part in parts]
    once = {frozenset(pair) for pair in told["connections"]}
    assert len(once) == len(told["connections"])


def test_the_lines_of_both_sets_join_the_same_sides(file: Any) -> None:
    # A slip in an index would join a left knee to a right ear.
    for told in file["sets"].values():
        names = [each["name"] for each in told["landmarks"]]
        for start, end in ([names[i] for i in pair] for pair in told["connections"]):
            (side, _, part), (other, _, another) = start.partition("_"), end.partition("_")
            if {side, other} == {"left", "right"}:
                assert part == another
            elif {part, another} & {"ear", "shoulder"}:
                assert side == other


def test_a_set_says_where_each_landmark_stands_among_the_33(file: Any) -> None:
    names = [each["name"] for each in file["sets"]["blazepose33"]["landmarks"]]
    for told in file["sets"].values():
        assert all(names[each["blazepose33"]] == each["name"] for each in told["landmarks"])
    assert {each["name"] for each in file["sets"]["coco17"]["landmarks"][:5]} == FACE


def test_every_key_is_explained(file: Any) -> None:
    one = file["sets"]["coco17"]
    used = {*file} - {"about", "keys"}
    used |= {f"sets.*.{key}" for key in one}
    used |= {f"sets.*.landmarks.{key}" for key in one["landmarks"][0] if key != "landmarks"}
    assert {*file["keys"]} == used
