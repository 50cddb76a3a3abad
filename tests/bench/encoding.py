"""Bytes and microseconds of one message with one person, against MediaPipe's result as JSON.

`measure` runs this module as a process of its own, `python -m tests.bench.encoding MODEL STEP
REPEATS`, which looks at the footage and prints its measures.
"""

import dataclasses
import json
import sys
from collections.abc import Callable, Iterator
from functools import partial
from statistics import median
from timeit import Timer
from typing import Any

from edgepose.messages import json_format, packed
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Landmark, Person, Pose
from edgepose.scene.presence import Rules
from edgepose.scene.scene import Scene, View
from tests.bench.footage import SIZE, images, name
from tests.bench.number import Number, Rival, Wanted
from tests.bench.setting import Setting, run_quietly, say


def measure(setting: Setting) -> dict[str, Number]:
    """Sizes and times of both formats."""
    step, repeats = setting.times(1, 20), setting.times(15, 5)
    module = ("-m", "tests.bench.encoding")
    seen = json.loads(run_quietly(*module, str(setting.model), str(step), str(repeats)))
    say(f"encoding: packed {seen['packed']['us']:.1f} us, json {seen['json']['us']:.1f} us")
    about = {"poses": seen["poses"], "footage": seen["footage"]}
    landmarks, whole = seen["rival"], seen["rival_with_world"]
    plain = "MediaPipe's landmarks by dataclasses.asdict and json.dumps"
    plain_bytes = Rival(plain, landmarks["median"])
    plain_us = Rival(plain, landmarks["us"])
    about_whole = {
        **about,
        "rival_with_world_bytes": whole["median"],
        "rival_with_world_us": whole["us"],
    }
    ours, text = seen["packed"], seen["json"]
    return {
        "packed_bytes": Number(ours["max"], "bytes", Wanted("<=", 304), plain_bytes, about_whole),
        "json_bytes_max": Number(text["max"], "bytes", Wanted("<=", 1250), plain_bytes, about),
        "json_bytes_median": Number(text["median"], "bytes", None, plain_bytes, about),
        "packed_encode": Number(ours["us"], "us", Wanted("<=", 25), plain_us, about_whole),
        "json_encode": Number(text["us"], "us", Wanted("<=", 120), plain_us, about),
    }


def main(model: str, step: int, repeats: int) -> None:
    """Print the measures as JSON."""
    results = [*look(model, step)]
    poses = [as_pose(result, number) for number, result in enumerate(results)]
    encoders: dict[str, tuple[Callable[[Any], bytes], list[Any]]] = {
        "packed": (packed.encode, poses),
        "json": (json_format.encode, poses),
        "rival": (plain_landmarks, results),
        "rival_with_world": (_plain, results),
    }
    seen: dict[str, Any] = {"poses": len(poses), "footage": name()}
    times_us: dict[str, list[float]] = {key: [] for key in encoders}
    # In turn, so that what else the machine does meets all of them.
    for _ in range(repeats):
        for key, (encode, items) in encoders.items():
            timer = Timer(partial(_encode_all, encode, items))
            times_us[key].append(timer.timeit(1) / len(items) * 1e6)
    for key, (encode, items) in encoders.items():
        sizes = [len(encode(item)) for item in items]
        seen[key] = {"max": max(sizes), "median": median(sizes), "us": median(times_us[key])}
    print(json.dumps(seen))


def _encode_all(encode: Callable[[Any], bytes], items: list[Any]) -> None:
    for item in items:
        encode(item)


def look(model: str, step: int) -> Iterator[Any]:
    """MediaPipe's result of each frame in which it sees somebody."""
    import mediapipe as mp

    vision = mp.tasks.vision
    options = vision.PoseLandmarkerOptions(
        base_options=mp.tasks.BaseOptions(model_asset_path=model),
        running_mode=vision.RunningMode.VIDEO,
    )
    with vision.PoseLandmarker.create_from_options(options) as landmarker:
        for number, image in enumerate(images(step)):
            picture = mp.Image(image_format=mp.ImageFormat.SRGB, data=image)
            result = landmarker.detect_for_video(picture, number * 20 * step)
            if result.pose_landmarks:
                yield result


def as_pose(result: Any, number: int) -> Pose:
    """The message for a result as the daemon makes it, after days, when its numbers are long."""
    rows = result.pose_landmarks[0]
    landmarks = tuple(Landmark(p.x, p.y, p.z, p.visibility, p.presence) for p in rows)
    seen = Observation(number, 1, 1, SIZE, (Person(landmarks),))
    return Pose(
        seq=10_000_000 + number,
        frame=10_000_000 + number,
        unix_us=1_795_340_123_456_789,
        latency_ms=123.4,
        size=SIZE,
        people=Scene(View(), Rules(0.5, 30.0, 0.5)).observe(seen, 1) or (),
    )


def plain_landmarks(result: Any) -> bytes:
    """The rival's message: one person without world landmarks."""
    return json.dumps([dataclasses.asdict(row) for row in result.pose_landmarks[0]]).encode()


def _plain(result: Any) -> bytes:
    return json.dumps(dataclasses.asdict(result)).encode()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
