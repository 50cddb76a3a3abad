"""The golden messages: what the encoders say of these poses is what the files in `golden` hold.

`python -m tests.messages.golden` writes the files. A change of them is a change of the wire formats
for everybody who has a decoder: it wants another version, not other files.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from edgepose.messages import (
    COCO17_INDICES,
    POSTURES,
    SETS,
    Landmark,
    Person,
    Pose,
    SetName,
    WorldLandmark,
    decode_json,
    decode_packed,
    json_format,
    packed,
)
from tests.messages.poses import U32, a_pose, seen

FOLDER: Final = Path(__file__).with_name("golden")
Format = tuple[str, Callable[[Pose], bytes], Callable[[bytes], Pose]]
FORMATS: Final[dict[str, Format]] = {
    "packed": (".bin", packed.encode, decode_packed),
    "json": (".json", json_format.encode, decode_json),
}


def _without_world(scene: str) -> Person:
    return replace(seen(scene), world=())


def _coco(person: Person) -> Person:
    return replace(
        person,
        landmarks=tuple(person.landmarks[i] for i in COCO17_INDICES),
        world=tuple(person.world[i] for i in COCO17_INDICES) if person.world else (),
    )


def stepped(number: int, name: SetName) -> Person:
    """A person whose numbers all differ and lie exactly on the steps of the packed format."""
    rows = range(len(SETS[name]))
    return Person(
        landmarks=tuple(
            Landmark(
                (1000 * number + i) / 16384,
                (-200 * i) / 16384,
                (i - 8) / 16384,
                (255 - 15 * i) / 255,
                (15 * i) / 255,
            )
            for i in rows
        ),
        world=tuple(WorldLandmark(i / 10000, -i / 10000, number / 10000) for i in rows),
        id=0x01020300 + number,
        confidence=number / 255,
        posture=POSTURES[number],
    )


def _one_row(x: float, y: float, unit: float, metres: float) -> Person:
    return Person(
        landmarks=(Landmark(x, y, x, unit, 1 - unit),) * 17,
        world=(WorldLandmark(metres, -metres, 0.0),) * 17,
        id=U32,
        confidence=1.0,
        posture="lying",
    )


_EDGE: Final = Pose(U32, U32, 2**53 - 1, 6553.5, (65535, 65535), (), "coco17")
POSES: Final[dict[str, Pose]] = {
    "nobody": a_pose(),
    "one": a_pose(_without_world("waving")),
    "several": a_pose(
        replace(_without_world("standing"), id=0, posture="unknown"),
        replace(_without_world("walking"), id=1, confidence=0.5, posture="bending"),
        replace(_without_world("waving"), id=U32, confidence=0.0, posture="sitting"),
    ),
    "world": a_pose(seen("standing")),
    "coco17": a_pose(_coco(_without_world("walking")), name="coco17"),
    "mirrored": replace(a_pose(_coco(seen("walking")), name="coco17"), mirrored=True),
    "clock_unset": replace(a_pose(), unix_us=0, clock_unset=True),
    "first": replace(a_pose(), seq=0, frame=0, first=True),
    "greatest": replace(_EDGE, people=(_one_row(32767 / 16384, -2.0, 1.0, 3.2767),)),
    "saturating": replace(
        _EDGE, unix_us=2**64, latency_ms=1e6, people=(_one_row(-1e6, 1e6, 1.5, 99.5),)
    ),
    "everything": Pose(
        seq=0x0A0B0C0D,
        frame=0x0E0F1011,
        unix_us=0x0011223344556677,
        latency_ms=41.2,
        size=(0x1213, 0x1415),
        people=(stepped(1, "coco17"), stepped(4, "coco17")),
        set="coco17",
        mirrored=True,
        clock_unset=True,
        first=True,
    ),
}


def shape(pose: Pose) -> dict[str, Any]:
    """A pose in the shape that the JavaScript decoders give."""
    return {
        "seq": pose.seq,
        "frame": pose.frame,
        "unix_us": pose.unix_us,
        "latency_ms": pose.latency_ms,
        "size": list(pose.size),
        "set": pose.set,
        "clock": "unset" if pose.clock_unset else "ok",
        "mirrored": pose.mirrored,
        "first": pose.first,
        "people": [
            {
                "id": person.id,
                "confidence": person.confidence,
                "posture": person.posture,
                "landmarks": [list(row) for row in person.landmarks],
                "world": [list(row) for row in person.world],
            }
            for person in pose.people
        ],
    }


def write() -> None:
    """Write every file."""
    FOLDER.mkdir(exist_ok=True)
    for name, pose in POSES.items():
        decoded = {}
        for kind, (suffix, encode, decode) in FORMATS.items():
            data = encode(pose)
            (FOLDER / f"{name}{suffix}").write_bytes(data)
            decoded[kind] = shape(decode(data))
        text = json.dumps(decoded, separators=(",", ":")).replace(',"people"', ',\n"people"')
        text = text.replace("]],", "]],\n").replace('"json"', '\n"json"')
        (FOLDER / f"{name}.decoded.json").write_text(text + "\n")


if __name__ == "__main__":
    write()
