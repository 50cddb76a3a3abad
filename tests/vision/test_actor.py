"""The drawn person: the contract of a source, the truth, and what the real engine sees.

The engine runs here by itself, in VIDEO mode; `print` tells each scene's figures.
"""

import threading
from itertools import islice, pairwise
from typing import get_args

import numpy as np
import numpy.typing as npt
import pytest

from edgepose.config.model import Camera
from edgepose.errors import EX_CONFIG, UserError
from edgepose.vision.frame import Frame, Image, Joints
from edgepose.vision.sources import Source
from edgepose.vision.sources.actor import SCENES, ActorSource, frame_time, pose_at

VGA = (640, 480)
SIZES = (VGA, (160, 120), (480, 640), (1920, 1080))
NOSE = 0
SHOULDERS, ELBOWS, WRISTS, HIPS, KNEES, ANKLES, HEELS, TOES = (
    (left, left + 1) for left in (11, 13, 15, 23, 25, 27, 29, 31)
)
EYES, EARS = (2, 5), (7, 8)
BODY = slice(11, 33)


def frames_of(
    scene: str, count: int, size: tuple[int, int] = VGA, rate: float = 0.0
) -> list[Frame]:
    source = ActorSource(scene, size, rate)
    frames = list(islice(source.frames(threading.Event()), count))
    source.close()
    return frames


def drawn_over_room(frame: Frame, size: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Where the picture differs from the empty room: frame n has the same noise in all scenes."""
    room = frames_of("empty", frame.number + 1, size)[-1].image
    return np.asarray(np.abs(frame.image.astype(int) - room).max(axis=2) > 0)


def around(joint: npt.NDArray[np.float32], size: tuple[int, int], reach: int) -> tuple[slice, ...]:
    x, y = int(joint[0] * size[0]), int(joint[1] * size[1])
    return slice(max(0, y - reach), y + reach + 1), slice(max(0, x - reach), x + reach + 1)


def all_inside(joints: Joints) -> bool:
    return bool(np.all((joints[:, :2] >= 0) & (joints[:, :2] <= 1)))


# The contract of a source.


def test_is_a_source() -> None:
    source: Source = ActorSource("standing", VGA, 30)
    source.close()
    source.close()


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("scene", SCENES)
def test_every_scene_at_every_size(scene: str, size: tuple[int, int]) -> None:
    frames = frames_of(scene, 3, size)
    assert [frame.number for frame in frames] == [0, 1, 2]
    for frame in frames:
        assert frame.image.shape == (size[1], size[0], 3)
        assert frame.image.dtype == np.uint8
        assert frame.image.flags.c_contiguous
        truth = pose_at(scene, frame_time(frame.number, 0), size)
        assert frame.truth is not None
        assert len(frame.truth) == len(truth)
        for seen, expected in zip(frame.truth, truth, strict=True):
            assert seen.shape == (33, 3)
            assert seen.dtype == np.float32
            np.testing.assert_array_equal(seen, expected)


def test_stamps_rise() -> None:
    stamps = [frame.captured_ns for frame in frames_of("standing", 10)]
    assert all(later > earlier for earlier, later in pairwise(stamps))


def test_images_are_never_written_again() -> None:
    source = ActorSource("waving", VGA, 0).frames(threading.Event())
    first = next(source)
    kept = first.image.copy()
    later = list(islice(source, 5))
    np.testing.assert_array_equal(first.image, kept)
    assert not any(np.shares_memory(first.image, frame.image) for frame in later)


def test_a_frame_is_the_same_in_every_run() -> None:
    once, again = frames_of("waving", 4), frames_of("waving", 4)
    np.testing.assert_array_equal(once[3].image, again[3].image)


@pytest.mark.parametrize(("rate", "per_second"), [(0.0, 30.0), (200.0, 200.0)])
def test_frame_n_shows_its_time(rate: float, per_second: float) -> None:
    frame = frames_of("waving", 6, rate=rate)[5]
    expected = pose_at("waving", 5 / per_second, VGA)
    assert frame.truth is not None
    np.testing.assert_array_equal(frame.truth[0], expected[0])


def test_stop_ends_a_waiting_source() -> None:
    stop = threading.Event()
    first = threading.Event()
    seen: list[Frame] = []

    def capture() -> None:
        for frame in ActorSource("standing", (160, 120), 0.001).frames(stop):
            seen.append(frame)
            first.set()

    thread = threading.Thread(target=capture)
    thread.start()
    assert first.wait(30)
    stop.set()
    # The next frame is due in a thousand seconds.
    thread.join(30)
    assert not thread.is_alive()
    assert len(seen) == 1


def test_stop_before_the_first_frame() -> None:
    stop = threading.Event()
    stop.set()
    assert list(ActorSource("standing", VGA, 0).frames(stop)) == []


def test_unknown_scene_is_told_at_once() -> None:
    with pytest.raises(UserError, match=r"no scene 'dancing'.*standing.*empty") as caught:
        ActorSource("dancing", VGA, 30)
    assert caught.value.exit_code == EX_CONFIG


def test_the_config_names_the_same_scenes() -> None:
    assert get_args(Camera.model_fields["scene"].annotation) == SCENES


# The truth.


@pytest.mark.parametrize("scene", SCENES)
def test_pose_at_is_pure(scene: str) -> None:
    times = [2.5, 0.0, 7.25, 2.5, 0.0]
    poses = [pose_at(scene, time, VGA) for time in times]
    for first, second in ((0, 3), (1, 4)):
        np.testing.assert_array_equal(poses[first], poses[second])
    for joints in poses[0]:
        joints.fill(0)
    np.testing.assert_array_equal(pose_at(scene, 2.5, VGA), poses[3])


@pytest.mark.parametrize("scene", ["standing", "waving", "two_people"])
def test_people_move(scene: str) -> None:
    for early, late in zip(pose_at(scene, 0.0, VGA), pose_at(scene, 0.4, VGA), strict=True):
        assert np.abs(early - late)[:, :2].max() > 0.002


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize(("scene", "people"), [("standing", 1), ("waving", 1), ("two_people", 2)])
def test_people_fit_the_picture(scene: str, people: int, size: tuple[int, int]) -> None:
    for time in np.arange(0, 12, 0.17):
        poses = pose_at(scene, float(time), size)
        assert len(poses) == people
        assert all(all_inside(joints) for joints in poses)
    drawn = drawn_over_room(frames_of(scene, 1, size)[0], size)
    edges = (drawn[0], drawn[-1], drawn[:, 0], drawn[:, -1])
    assert not any(edge.any() for edge in edges)


@pytest.mark.parametrize("scene", ["standing", "waving"])
def test_left_is_the_persons_left(scene: str) -> None:
    joints = pose_at(scene, 0.3, VGA)[0]
    for left, right in (
        SHOULDERS,
        ELBOWS,
        WRISTS,
        HIPS,
        KNEES,
        ANKLES,
        HEELS,
        TOES,
        (2, 5),
        (7, 8),
    ):
        assert joints[left, 0] > joints[right, 0]


def test_a_body_is_in_order_from_top_to_bottom() -> None:
    joints = pose_at("standing", 0.0, VGA)[0]
    for side in (0, 1):
        rows = [NOSE, *(pair[side] for pair in (SHOULDERS, ELBOWS, WRISTS, KNEES, ANKLES, HEELS))]
        heights = joints[rows, 1]
        assert np.all(np.diff(heights) > 0)


def test_waving_swings_the_raised_right_hand() -> None:
    poses = [pose_at("waving", time / 10, VGA)[0] for time in range(20)]
    wrists = np.array([joints[WRISTS[1], :2] for joints in poses])
    assert all(joints[WRISTS[1], 1] < joints[SHOULDERS[1], 1] for joints in poses)
    assert np.ptp(wrists[:, 0]) > 0.05
    assert all(joints[WRISTS[0], 1] > joints[HIPS[0], 1] - 0.1 for joints in poses)


def test_walking_crosses_and_comes_back() -> None:
    poses = [pose_at("walking", number / 30, VGA) for number in range(30 * 9)]
    hips = [float(pose[0][HIPS[0], 0]) if pose else None for pose in poses]
    assert hips[0] is None
    there = [x for x in hips[: 30 * 4] if x is not None]
    back = [x for x in hips[30 * 5 : 30 * 8] if x is not None]
    assert np.all(np.diff(there) > 0)
    assert np.all(np.diff(back) < 0)
    assert there[0] < 0
    assert there[-1] > 1
    partly = [pose[0] for pose in poses if pose and not all_inside(pose[0])]
    assert len(partly) > 20
    for joints in partly:
        outside = np.any((joints[:, :2] < 0) | (joints[:, :2] > 1), axis=1)
        assert not joints[outside, 2].any()


def test_the_far_side_of_a_walker_is_hidden() -> None:
    hidden = {True: 0, False: 0}
    for number in range(0, 30 * 9, 3):
        for joints in pose_at("walking", number / 30, VGA):
            if all_inside(joints):
                to_the_right = bool(joints[NOSE, 0] > joints[SHOULDERS, 0].mean())
                near, far = (1, 0) if to_the_right else (0, 1)
                assert joints[SHOULDERS[near], 2] == 1
                assert joints[SHOULDERS[far], 2] == 0
                hidden[to_the_right] += 1
    assert min(hidden.values()) > 10


def test_all_of_a_standing_body_but_a_finger_is_seen() -> None:
    flags = pose_at("standing", 0.0, VGA)[0][:, 2]
    assert set(flags.tolist()) <= {0.0, 1.0}
    assert flags.sum() >= 31


@pytest.mark.parametrize("scene", ["standing", "waving", "walking", "two_people"])
def test_the_truth_lies_on_what_is_drawn(scene: str) -> None:
    frame = frames_of(scene, 61)[60]
    drawn = drawn_over_room(frame, VGA)
    assert frame.truth
    for joints in frame.truth:
        for joint in joints[joints[:, 2] > 0]:
            assert drawn[around(joint, VGA, 2)].mean() > 0.5
    rows, columns = np.nonzero(drawn)
    joints = np.concatenate(frame.truth) * (*VGA, 1)
    assert 0 < joints[:, 0].min() - columns.min() < 100
    assert 0 < columns.max() - joints[:, 0].max() < 100
    assert 0 < joints[:, 1].min() - rows.min() < 50
    assert 0 < rows.max() - joints[:, 1].max() < 50


def test_hands_are_skin_and_hips_are_not() -> None:
    """The first person's shirt is red: green and blue are low where it is, not on skin."""
    image = frames_of("waving", 20)[19].image
    joints = pose_at("waving", frame_time(19, 0), VGA)[0]

    def green(row: int) -> float:
        return float(image[around(joints[row], VGA, 2)][..., 1].mean())

    for row in (*WRISTS, NOSE):
        assert green(row) > 90
    for row in SHOULDERS:
        assert green(row) < 90


def test_the_empty_room_has_only_noise() -> None:
    frames = frames_of("empty", 40)
    assert all(frame.truth == () for frame in frames)
    images: list[Image] = [frame.image for frame in frames]
    for earlier, later in pairwise(images):
        change = later.astype(int) - earlier
        assert 2 < change.std() < 8
        assert abs(change.mean()) < 0.05


def test_a_frame_that_nobody_wants_has_its_number_and_changes_no_other() -> None:
    every = frames_of("walking", 30, (160, 120))
    asked: list[int] = []

    def wanted(captured_ns: int) -> bool:
        asked.append(captured_ns)
        return len(asked) % 10 == 0

    some = list(islice(ActorSource("walking", (160, 120), 0).frames(threading.Event(), wanted), 3))
    assert [frame.number for frame in some] == [9, 19, 29]
    for frame in some:
        assert np.array_equal(frame.image, every[frame.number].image)
        assert frame.captured_ns == asked[frame.number]
