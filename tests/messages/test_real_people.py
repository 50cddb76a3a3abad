"""The promised size of a json message holds for people in real pictures."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from edgepose.messages import json_format, packed
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from tests.messages.poses import a_pose

CHECKOUT = Path(__file__).resolve().parents[2]


def test_a_real_person_takes_at_most_1250_bytes(media: Path, model_full: Path) -> None:
    # The last sees people at the edge of the picture: the longest numbers.
    files = [*sorted(media.glob("*.jpg")), media / "street-walkers.mp4"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.messages.engine_sees", model_full, *files],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )
    sizes = []
    for line in done.stdout.splitlines():
        landmarks, world = json.loads(line)
        person = Person(
            landmarks=tuple(Landmark(*row) for row in landmarks),
            world=tuple(WorldLandmark(*row) for row in world),
            id=17,
            confidence=0.97,
            posture="standing",
        )
        sizes.append(len(json_format.encode(a_pose(replace(person, world=())))))
        assert len(packed.encode(a_pose(person))) == 502
    print(f"{len(sizes)} people, {min(sizes)} to {max(sizes)} bytes")
    assert len(sizes) >= 5
    assert max(sizes) <= 1250
