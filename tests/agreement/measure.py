"""Runs both engines over everything and compares."""

import json
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from tests.agreement.compare import Agreement, agreement, keypoint_accuracy
from tests.agreement.look import People, look
from tests.agreement.material import FILM, Material

SCENES: Final = tuple(
    Material(f"actor, {scene}", "scene", scene, num_poses=2 if scene == "two_people" else 1)
    for scene in ("standing", "waving", "walking", "two_people", "empty")
)
STREET: Final = Material("street film, as a stream", "film", FILM)
ALONE: Final = Material("street film, each frame for itself", "film", FILM, alone=True, every=5)
CROWD: Final = Material("street film, up to 4, as a stream", "film", FILM, num_poses=4)
CROWD_ALONE: Final = Material(
    "street film, up to 4, each frame for itself", "film", FILM, num_poses=4, alone=True, every=5
)
NUDGED: Final = Material("the same, MediaPipe with itself, nudged", "film", FILM, nudged=True)
NUDGED_CROWD: Final = Material(
    "the same, MediaPipe with itself, nudged", "film", FILM, num_poses=4, nudged=True
)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    title: str
    seen: Agreement


class Measurement:
    """The engines, and what they are shown; both at a time, if the pool has two processes."""

    def __init__(self, pool: ProcessPoolExecutor, model: Path, media: Path) -> None:
        self._pool = pool
        self._model = str(model)
        self._media = media
        self.accuracy: dict[str, tuple[int, int]] = {"mediapipe": (0, 0), "litert": (0, 0)}

    def look(self, engine: str, material: Material) -> "Future[list[People]]":
        """What the engine sees, when it has seen it."""
        return self._pool.submit(look, engine, self._model, material, str(self._media))

    def both(self, material: Material) -> Row:
        """Compare the engines."""
        ours, theirs = self.look("litert", material), self.look("mediapipe", material)
        return Row(material.title, agreement(ours.result(), theirs.result()))

    def with_itself(self, nudged: Material, plain: Material) -> Row:
        """Compare MediaPipe with itself: how much of a difference means nothing."""
        with_nudge, without = self.look("mediapipe", nudged), self.look("mediapipe", plain)
        return Row(nudged.title, agreement(with_nudge.result(), without.result()))

    def pictures(self) -> Row:
        """Compare the engines on the annotated pictures; fills `accuracy`."""
        seen: dict[str, list[People]] = {"mediapipe": [], "litert": []}
        for name, annotated in self._annotated():
            shown = Material("", "picture", name, num_poses=max(1, len(annotated)), alone=True)
            looking = {engine: self.look(engine, shown) for engine in seen}
            for engine, people in seen.items():
                (found,) = looking[engine].result()
                people.append(found)
                right, total = keypoint_accuracy(found, annotated)
                before = self.accuracy[engine]
                self.accuracy[engine] = (before[0] + right, before[1] + total)
        return Row("annotated pictures", agreement(seen["litert"], seen["mediapipe"]))

    def _annotated(self) -> Iterator[tuple[str, People]]:
        coco = json.loads((self._media / "coco-keypoints.json").read_text())
        for picture in coco["images"]:
            people = [
                np.array(each["keypoints"], np.float64).reshape(17, 3)
                for each in coco["annotations"]
                if each["image_id"] == picture["id"] and each["num_keypoints"]
            ]
            yield picture["file_name"], np.array(people)

    def everything(self) -> Iterator[Row]:
        """Every line of the table."""
        yield from map(self.both, SCENES)
        yield self.pictures()
        yield self.both(ALONE)
        yield self.both(CROWD_ALONE)
        yield self.both(STREET)
        yield self.with_itself(NUDGED, STREET)
        yield self.both(CROWD)
        yield self.with_itself(NUDGED_CROWD, CROWD)
