"""More work than two cores can do, whatever they are."""

from typing import Any, Final

OVERLOAD: Final[dict[str, dict[str, Any]]] = {
    "camera": {"rate": 120, "size": [320, 240], "scene": "two_people"},
    "detection": {"num_poses": 4},
}
"""A config under which every engine has a frame in hand, always, and frames are lost as `busy`.

With four people wanted and two in view each frame costs the detector and two looks: two cores that
take all of it with one wanted take less than half."""
