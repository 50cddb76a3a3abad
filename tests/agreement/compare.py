"""The distance between what two engines saw."""

from dataclasses import dataclass

import numpy as np

from edgepose.messages.landmarks import COCO17_INDICES
from tests.agreement.look import People

ELBOW_ROOM = 0.2
"""Of a torso: how far from the annotated place a joint may be found (PCK at 0.2)."""


@dataclass(frozen=True, slots=True)
class Agreement:
    """Over all people that both found in all pictures.

    `median`, `p95`: of the distances of all landmarks, in parts of the person's height, which is
    the longer side of the box around its landmarks. `visibility`: the median difference.
    `same_number`: parts of the pictures in which both found as many people.
    """

    pictures: int
    people: int
    median: float
    p95: float
    visibility: float
    same_number: float


def agreement(ours: list[People], theirs: list[People]) -> Agreement:
    """Compare picture by picture; people are paired by their places."""
    far, unlike = [np.empty(0)], [np.empty(0)]
    pairs = 0
    for mine, other in zip(ours, theirs, strict=True):
        for a, b in paired(mine, other):
            pairs += 1
            height = np.ptp(b[:, :2], axis=0).max()
            far.append(np.hypot(*(a[:, :2] - b[:, :2]).T) / height)
            unlike.append(np.abs(a[:, 3] - b[:, 3]))
    distances, differences = np.concatenate(far), np.concatenate(unlike)
    return Agreement(
        pictures=len(ours),
        people=pairs,
        median=float(np.median(distances)) if pairs else float("nan"),
        p95=float(np.percentile(distances, 95)) if pairs else float("nan"),
        visibility=float(np.median(differences)) if pairs else float("nan"),
        same_number=sum(len(a) == len(b) for a, b in zip(ours, theirs, strict=True)) / len(ours),
    )


def paired(mine: People, other: People) -> list[tuple[People, People]]:
    """Who is who: the nearest two first, each person once."""
    apart = np.hypot(*np.moveaxis(mine[:, None, :, :2] - other[None, :, :, :2], -1, 0)).mean(
        axis=-1
    )
    pairs = []
    while apart.size and np.isfinite(apart.min()):
        a, b = np.unravel_index(apart.argmin(), apart.shape)
        pairs.append((mine[a], other[b]))
        apart[a, :] = apart[:, b] = np.inf
    return pairs


def keypoint_accuracy(seen: People, annotated: People) -> tuple[int, int]:
    """How many annotated joints were found, and how many there are.

    `annotated`: shape (people, 17, 3), COCO's key points with their flag, of one picture. Only
    people whose torso is annotated count; each is compared with the person found nearest to it.
    """
    right = total = 0
    for joints in annotated:
        known = joints[:, 2] > 0
        torso = np.hypot(*(joints[5] - joints[12])[:2])
        if not (known[5] and known[12] and torso > 0):
            continue
        total += int(known.sum())
        if len(seen):
            found = seen[:, COCO17_INDICES, :2][:, known]
            away = np.hypot(*np.moveaxis(found - joints[known, :2], -1, 0))
            right += int((away[away.mean(axis=1).argmin()] <= ELBOW_ROOM * torso).sum())
    return right, total
