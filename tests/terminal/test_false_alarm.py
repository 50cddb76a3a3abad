"""How a recording becomes a test: what was received goes through the scene again."""

from dataclasses import replace
from pathlib import Path

import pytest

from edgepose.messages import packed
from edgepose.messages.pose import Pose
from edgepose.scene.presence import Came, Rules, Went
from edgepose.scene.scene import Scene, View
from edgepose.terminal.arrival import Sorter
from edgepose.terminal.recorder import Recorder
from edgepose.terminal.recording import poses
from edgepose.terminal.rehearse import observations
from tests.terminal.people import person, pose

START_US = 1_795_340_000_000_000


def received(mirrored: bool) -> list[Pose]:
    """Half a second of something at 10 poses/s, then an empty room: said at once, then seldom."""
    moments = [(n * 0.1, True) for n in range(6)] + [(0.6 + 10 * n, False) for n in range(5)]
    return [
        replace(
            pose(*[replace(person(0.2), id=9)] * somebody),
            seq=seq,
            unix_us=START_US + round(at * 1e6),
            mirrored=mirrored,
        )
        for seq, (at, somebody) in enumerate(moments)
    ]


def happened(path: Path, rules: Rules) -> list[Came | Went]:
    """What a device with these rules would have said of the recording."""
    scene = Scene(View(), rules)
    found: list[Came | Went] = []
    for seen in observations(poses(path, "hall")):
        scene.observe(seen, seen.answered_ns)
        found += scene.happened()
    return found


@pytest.fixture(params=[False, True])
def recording(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    path = tmp_path / "false-alarm.jsonl"
    recorder, sorter = Recorder(path, "edgepose"), Sorter("edgepose")
    for each in received(mirrored=request.param):
        data = packed.encode(each)
        arrival = sorter.sort("edgepose/hall/pose/packed", data, each.unix_us)
        assert arrival is not None
        recorder.take(arrival)
    recorder.close()
    return path


def test_a_false_alarm_is_there_again_and_another_rule_would_have_prevented_it(
    recording: Path,
) -> None:
    came, went = happened(recording, Rules(0.4, 30.0, 0.5))
    assert isinstance(came, Came)
    assert isinstance(went, Went)
    assert came.at_ns == (START_US + 400_000) * 1000
    assert went.unseen_s == pytest.approx(30, abs=0.2)
    assert happened(recording, Rules(0.8, 30.0, 0.5)) == []


def test_what_the_engine_saw_is_unmirrored_and_without_ids(recording: Path) -> None:
    seen = [each for each in observations(poses(recording)) if each.people]
    mirrored = next(poses(recording)).mirrored
    nose = seen[0].people[0].landmarks[0]
    assert nose.x == pytest.approx(0.3 if mirrored else 0.7, abs=1e-4)
    assert {each.people[0].id for each in seen} == {0}


def test_a_silence_is_not_an_empty_room() -> None:
    empty = [replace(pose(), unix_us=START_US + at * 1_000_000) for at in (0, 10, 600)]
    times = [(each.captured_ns - START_US * 1000) / 1e9 for each in observations(empty)]
    assert len(times) == 102
    assert times[-2:] == [10, 600]


def test_half_of_the_landmarks_are_not_enough() -> None:
    with pytest.raises(ValueError, match="coco17"):
        list(observations([pose(person(), set_="coco17")]))
