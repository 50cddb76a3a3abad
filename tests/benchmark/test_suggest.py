"""What is suggested for what was measured, and how it is explained."""

from edgepose.bench.settings import Setting
from edgepose.bench.suggest import Suggestion, suggest
from tests.benchmark.made import row

PI_4 = [
    row("litert full 1x1", 6.1, 164),
    row("litert full 1x3", 14.2, 61),
    row("litert full 1x4", 15.0, 58),
    row("litert full 3x1", 16.1, 186),
]


def best(*rows: object, cores: int = 4) -> Suggestion:
    found = suggest(list(rows), cores)  # type: ignore[arg-type]
    assert found is not None
    return found


def test_the_newest_poses_win_and_the_sentence_says_what_more_frames_cost() -> None:
    found = best(*PI_4)
    assert found.setting == Setting("litert", "full", 1, 3)
    assert found.rate == 12
    assert found.why.startswith("litert, full, 1 worker, 3 threads: 14.2 frames/s at 61 ms; ")
    assert "3 workers, 1 thread: 16.1 frames/s at 186 ms" in found.why
    assert "older" in found.why
    assert "\n" not in found.why


def test_the_last_core_is_left_alone_and_what_it_would_give_is_told() -> None:
    found = best(row("litert full 1x3", 14.2, 61), row("litert full 1x4", 20.0, 45))
    assert found.setting.threads == 3
    assert "20.0 frames/s at 45 ms, but it leaves no core" in found.why


def test_where_nothing_else_was_measured_the_last_core_is_taken() -> None:
    found = best(row("litert full 4x1", 20.0, 45))
    assert found.setting.workers == 4
    assert found.why == "litert, full, 4 workers, 1 thread: 20.0 frames/s at 45 ms"


def test_of_what_is_alike_the_one_with_fewer_cores_wins() -> None:
    found = best(row("litert full 1x3", 20.4, 49), row("litert full 1x2", 20.0, 50))
    assert found.setting.threads == 2


def test_several_workers_of_mediapipe_are_not_suggested() -> None:
    found = best(row("mediapipe full 1x1", 8.0, 120), row("mediapipe full 2x1", 15.0, 130))
    assert found.setting.workers == 1
    # But for somebody who has asked for nothing else.
    assert best(row("mediapipe full 2x1", 15.0, 130)).setting.workers == 2


def test_more_frames_than_a_camera_makes_are_of_no_use() -> None:
    found = best(row("litert full 1x1", 45.0, 20), row("litert full 2x1", 90.0, 26))
    assert found.setting.workers == 1
    assert found.rate == 30


def test_the_most_accurate_model_that_is_fast_enough_wins() -> None:
    slow, quick = row("litert full 1x3", 9.0, 100), row("litert lite 1x3", 21.0, 45)
    found = best(slow, quick)
    assert found.setting.model == "lite"
    assert "lite is the most accurate model that reaches 10 frames/s" in found.why
    found = best(row("litert full 1x3", 11.0, 90), quick, row("litert heavy 1x3", 3.0, 300))
    assert found.setting.model == "full"


def test_where_no_model_is_fast_enough_the_fastest_wins() -> None:
    found = best(row("litert full 1x1", 0.6, 1600), row("litert lite 1x1", 0.9, 1100), cores=1)
    assert found.setting.model == "lite"
    assert found.rate == 1
    assert "no model reaches 10 frames/s, lite is the fastest" in found.why


def test_a_model_of_one_s_own_is_suggested_by_its_path() -> None:
    found = best(row("litert /srv/mine.task 1x1", 20.0, 50))
    assert found.keys() == {
        "camera.rate": 18.0,
        "detection.engine": "litert",
        "detection.model": "/srv/mine.task",
        "detection.workers": 1,
        "detection.threads": 1,
    }


def test_nothing_measured_nothing_suggested() -> None:
    broken = row("mediapipe full 1x1", 1, 1)
    broken.passes.clear()
    broken.failed = "killed by SIGABRT"
    assert suggest([broken], 4) is None
