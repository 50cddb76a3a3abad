"""What is made of the detector's answer."""

import numpy as np
import pytest

from edgepose.vision.engines.litert.detector import anchors, suppress
from edgepose.vision.engines.litert.region import Numbers


def test_the_anchors() -> None:
    """Two at each of 28x28 places, two at each of 14x14, six at each of 7x7; line by line."""
    places = anchors(224)
    assert places.shape == (2254, 2)
    assert places[:2].tolist() == [[0.5 / 28, 0.5 / 28]] * 2
    assert places[2:4].tolist() == [[1.5 / 28, 0.5 / 28]] * 2
    assert places[56:58].tolist() == [[0.5 / 28, 1.5 / 28]] * 2
    assert places[1566:1568].tolist() == [[27.5 / 28, 27.5 / 28]] * 2
    assert places[1568:1570].tolist() == [[0.5 / 14, 0.5 / 14]] * 2
    assert places[1958:1960].tolist() == [[13.5 / 14, 13.5 / 14]] * 2
    assert places[1960:1966].tolist() == [[0.5 / 7, 0.5 / 7]] * 6
    assert places[1966:1972].tolist() == [[1.5 / 7, 0.5 / 7]] * 6
    assert places[-6:].tolist() == [[6.5 / 7, 6.5 / 7]] * 6


def points(*values: float) -> Numbers:
    """Each value as all key points of a box."""
    return np.repeat(np.array(values)[:, None], 8, axis=1)


def found(boxes: list[list[float]], values: Numbers, scores: list[float]) -> list[float]:
    """The first key point's x of each person."""
    people = suppress(np.array(boxes).reshape(-1, 4), values, np.array(scores))
    assert all(person.shape == (8,) for person in people)
    return [float(person[0]) for person in people]


def test_boxes_of_one_person_are_averaged_by_score() -> None:
    boxes = [[0.0, 0.0, 1.0, 1.0], [5.0, 5.0, 6.0, 6.0], [0.0, 0.0, 1.0, 0.8]]
    people = found(boxes, points(1.0, 7.0, 4.0), [0.6, 0.9, 0.3])
    # The surest first.
    assert people == pytest.approx([7.0, (0.6 * 1.0 + 0.3 * 4.0) / 0.9])


def test_boxes_are_compared_with_the_surest_alone() -> None:
    """The third overlaps the second, which is of the first one's person already."""
    boxes = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.3, 1.0, 1.3], [0.0, 0.6, 1.0, 1.6]]
    assert found(boxes, points(1.0, 2.0, 3.0), [0.9, 0.5, 0.5]) == pytest.approx(
        [(0.9 * 1.0 + 0.5 * 2.0) / 1.4, 3.0]
    )


def test_half_an_overlap_is_not_enough() -> None:
    half = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.5]]
    assert found(half, points(1.0, 2.0), [0.9, 0.8]) == [1.0, 2.0]
    more = [[0.0, 0.0, 1.0, 1.0], [0.0, 0.0, 1.0, 0.51]]
    assert len(found(more, points(1.0, 2.0), [0.9, 0.8])) == 1


def test_nobody() -> None:
    assert found([], np.empty((0, 8)), []) == []


def test_a_box_without_an_area_is_somebody_and_the_last() -> None:
    """As in MediaPipe: it overlaps nothing, not even itself, and there the search ends."""
    boxes = [[0.0, 0.0, 1.0, 1.0], [3.0, 3.0, 3.0, 3.0], [5.0, 5.0, 6.0, 6.0]]
    assert found(boxes, points(1.0, 2.0, 3.0), [0.9, 0.8, 0.7]) == [1.0, 2.0]
