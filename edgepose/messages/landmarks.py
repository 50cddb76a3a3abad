"""Names, order and connections of the body landmarks.

Names and connections are MediaPipe's (`PoseLandmark` and `POSE_CONNECTIONS` of the Pose
Landmarker task). "Left" is the person's own left.
"""

from typing import Final, Literal

SetName = Literal["blazepose33", "coco17"]

BLAZEPOSE33: Final = (
    "nose",
    "left_eye_inner", "left_eye", "left_eye_outer",
    "right_eye_inner", "right_eye", "right_eye_outer",
    "left_ear", "right_ear",
    "mouth_left", "mouth_right",
    "left_shoulder", "right_shoulder",
    "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
    "left_pinky", "right_pinky",
    "left_index", "right_index",
    "left_thumb", "right_thumb",
    "left_hip", "right_hip",
    "left_knee", "right_knee",
    "left_ankle", "right_ankle",
    "left_heel", "right_heel",
    "left_foot_index", "right_foot_index",
)  # fmt: skip

COCO17_INDICES: Final = (0, 2, 5, 7, 8, 11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Where the 17 keypoints of COCO stand among the 33, in COCO's own order."""

COCO17: Final = tuple(BLAZEPOSE33[i] for i in COCO17_INDICES)

SETS: Final[dict[SetName, tuple[str, ...]]] = {"blazepose33": BLAZEPOSE33, "coco17": COCO17}
"""The names of each set's landmarks, in order. The packed format numbers the sets in this order."""

CONNECTIONS: Final = (
    (0, 1), (1, 2), (2, 3), (3, 7), (0, 4), (4, 5), (5, 6), (6, 8), (9, 10),
    (11, 12), (11, 13), (13, 15), (15, 17), (15, 19), (15, 21), (17, 19),
    (12, 14), (14, 16), (16, 18), (16, 20), (16, 22), (18, 20),
    (11, 23), (12, 24), (23, 24), (23, 25), (24, 26), (25, 27), (26, 28),
    (27, 29), (28, 30), (29, 31), (30, 32), (27, 31), (28, 32),
)  # fmt: skip
"""Pairs of indices into `BLAZEPOSE33` that a skeleton joins with a line."""

COCO17_CONNECTIONS: Final = (
    (15, 13), (13, 11), (16, 14), (14, 12), (11, 12), (5, 11), (6, 12), (5, 6),
    (5, 7), (6, 8), (7, 9), (8, 10), (1, 2), (0, 1), (0, 2), (1, 3), (2, 4), (3, 5), (4, 6),
)  # fmt: skip
"""Pairs of indices into `COCO17`: the skeleton of COCO's own keypoint annotations, which count
from 1."""

SKELETONS: Final[dict[SetName, tuple[tuple[int, int], ...]]] = {
    "blazepose33": CONNECTIONS,
    "coco17": COCO17_CONNECTIONS,
}
"""What to join with a line, for each set."""
