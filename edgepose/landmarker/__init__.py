"""MediaPipe's Pose Landmarker for programs in Python: three running modes, two engines, no metrics.

    from edgepose.landmarker import PoseLandmarker

    with PoseLandmarker.open("full", num_poses=2) as landmarker:
        result = landmarker.detect(image)  # numpy, uint8, (height, width, 3), RGB
    print(result.pose_landmarks.shape)  # (people, 33, 5)

Everything is in `PoseLandmarker` and `PoseLandmarkerResult`; who is in the picture can also be had
as `edgepose.messages.pose.Person`, the type of the messages.
"""

from edgepose.errors import UserError
from edgepose.landmarker.landmarker import PoseLandmarker
from edgepose.landmarker.result import PoseLandmarkerResult
from edgepose.vision.engines import EngineLost, FrameRefused, RunningMode

__all__ = [
    "EngineLost",
    "FrameRefused",
    "PoseLandmarker",
    "PoseLandmarkerResult",
    "RunningMode",
    "UserError",
]
