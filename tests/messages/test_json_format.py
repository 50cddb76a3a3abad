"""The json format: its text, its size, and what it refuses."""

import json
import math
import re
from dataclasses import replace

import pytest

from edgepose.messages import json_format
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from tests.messages.poses import a_pose, seen

ROW = Landmark(0.51318, 0.22096, -0.41204, 0.9949, 0.9951)


def person(count: int = 33, world: bool = False) -> Person:
    return Person(
        landmarks=(ROW,) * count,
        world=(WorldLandmark(0.12345, -1.5, 0.00004),) * (count if world else 0),
        id=17,
        confidence=0.974,
        posture="unknown",
    )


def test_the_text_is_exactly_this() -> None:
    row = "[0.5132,0.221,-0.412,0.99,1]"
    assert json_format.encode(a_pose(person())).decode() == (
        '{"v":1,"seq":48211,"frame":51877,"unix_us":1795340123456789,"latency_ms":41.2,'
        '"size":[640,480],"set":"blazepose33",'
        '"people":[{"id":17,"confidence":0.97,"posture":"unknown","landmarks":['
        + ",".join([row] * 33)
        + "]}]}"
    )


def test_world_clock_and_mirror_only_when_so() -> None:
    pose = replace(a_pose(person(17, world=True), name="coco17"), clock_unset=True, mirrored=True)
    row, world = "[0.5132,0.221,-0.412,0.99,1]", "[0.1235,-1.5,0.0]"
    assert json_format.encode(pose).decode() == (
        '{"v":1,"seq":48211,"frame":51877,"unix_us":1795340123456789,"latency_ms":41.2,'
        '"size":[640,480],"set":"coco17","clock":"unset","mirrored":true,'
        '"people":[{"id":17,"confidence":0.97,"posture":"unknown","landmarks":['
        + ",".join([row] * 17)
        + '],"world":['
        + ",".join([world] * 17)
        + "]}]}"
    )


def test_an_empty_room() -> None:
    assert json_format.encode(a_pose()).decode().endswith(',"set":"blazepose33","people":[]}')


@pytest.mark.parametrize("scene", ["standing", "waving", "walking"])
def test_a_person_whom_the_engine_saw_takes_at_most_1250_bytes(scene: str) -> None:
    # The header as long as it gets in a year.
    pose = replace(
        a_pose(replace(seen(scene), world=(), id=99999)),
        seq=999_999_999,
        frame=999_999_999,
        latency_ms=999.9,
        size=(1920, 1080),
    )
    data = json_format.encode(pose)
    print(scene, len(data), "bytes")
    assert len(data) <= 1250


@pytest.mark.parametrize("scene", ["standing", "waving", "walking"])
def test_no_number_has_more_decimals_than_promised(scene: str) -> None:
    body = json.loads(
        json_format.encode(a_pose(seen(scene))), parse_float=str, parse_int=lambda n: n + ".0"
    )
    [told] = body["people"]
    for rows, decimals in [(told["landmarks"], (4, 4, 4, 2, 2)), (told["world"], (4, 4, 4))]:
        assert len(rows) == 33
        for row in rows:
            assert len(row) == len(decimals)
            for number, limit in zip(row, decimals, strict=True):
                assert re.fullmatch(rf"-?\d+\.\d{{1,{limit}}}", number), number


def test_visibility_and_presence_stay_within_0_and_1() -> None:
    odd = ROW._replace(visibility=1.004, presence=-0.004)
    text = json_format.encode(a_pose(replace(person(), landmarks=(odd,) * 33)))
    assert json.loads(text)["people"][0]["landmarks"][0][3:] == [1, 0]


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("field", Landmark._fields)
def test_what_is_not_finite_is_a_value_error(bad: float, field: str) -> None:
    rows = (ROW,) * 32 + (ROW._replace(**{field: bad}),)
    with pytest.raises(ValueError, match=r"."):
        json_format.encode(a_pose(replace(person(), landmarks=rows)))


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_so_is_a_confidence_a_latency_or_a_metre(bad: float) -> None:
    for pose in [
        a_pose(replace(person(), confidence=bad)),
        a_pose(replace(person(), world=(WorldLandmark(0, bad, 0),) * 33)),
        replace(a_pose(), latency_ms=bad),
    ]:
        with pytest.raises(ValueError, match=r"."):
            json_format.encode(pose)
