"""From metres to the picture: where a point of the scene is seen, and whether it is.

Owns the scale, the projection and the hiding. Pure functions, any thread, raises nothing.
"""

import numpy as np
import numpy.typing as npt

from edgepose.vision.frame import Joints
from edgepose.vision.sources.actor.skeleton import (
    LEFT_ANKLE,
    LEFT_EAR,
    LEFT_ELBOW,
    LEFT_HIP,
    LEFT_INDEX,
    LEFT_KNEE,
    LEFT_SHOULDER,
    LEFT_WRIST,
    STATURE,
    Body,
    Points,
)

PERSON_OF_HEIGHT = 0.78
"""Part of the picture's height that a standing person takes: a raised hand still fits."""
WIDEST_SCENE = 2.0
"""Metres that every picture shows at least, however narrow: two people side by side fit."""
DOWNWARD = 0.14
"""How far the camera looks down: metres that a point sinks in the picture for each metre that it
is nearer. A camera at chest height three metres away sees feet like this."""
FLOOR = 0.91
"""Where the feet stand, as part of the picture's height."""


class View:
    """A picture of the scene: parallel projection, the scene's origin in the middle.

    `size` is (width, height) in pixels.
    """

    def __init__(self, size: tuple[int, int]) -> None:
        self.width, self.height = size
        self.scale = min(PERSON_OF_HEIGHT * self.height / STATURE, self.width / WIDEST_SCENE)
        """Pixels for a metre."""
        self.width_metres = self.width / self.scale

    def project(self, points: Points) -> Points:
        """Turn metres, shape (..., 3), into pixels (..., 2); (0, 0) is the corner."""
        origin = np.array([self.width / 2, self.height * FLOOR])
        return np.asarray(self.flatten(points) + origin)

    def flatten(self, directions: Points) -> Points:
        """Turn distances in metres, shape (..., 3), into distances in pixels (..., 2)."""
        flat = directions[..., :2] * (self.scale, -self.scale)
        flat[..., 1] += DOWNWARD * self.scale * directions[..., 2]
        return np.asarray(flat)


def seen_joints(bodies: tuple[Body, ...], view: View) -> tuple[Joints, ...]:
    """Give the joints of each body that has at least one inside the picture."""
    balls = [_balls(body) for body in bodies]
    seen = []
    for index, body in enumerate(bodies):
        joints = np.empty((33, 3), dtype=np.float32)
        joints[:, :2] = view.project(body.joints) / (view.width, view.height)
        inside = np.all((joints[:, :2] >= 0.0) & (joints[:, :2] <= 1.0), axis=1)
        if not inside.any():
            continue
        visible = inside & ~_behind(body.joints, balls[index], _OWN_DEPTH * body.scale)
        for other, flesh in enumerate(balls):
            if other != index:
                visible &= ~_behind(body.joints, flesh, np.zeros_like(_OWN_DEPTH))
        joints[:, 2] = visible
        seen.append(joints)
    return tuple(seen)


_LIMBS = (
    (LEFT_SHOULDER, LEFT_ELBOW, 0.045),
    (LEFT_ELBOW, LEFT_WRIST, 0.036),
    (LEFT_WRIST, LEFT_INDEX, 0.030),
    (LEFT_HIP, LEFT_KNEE, 0.068),
    (LEFT_KNEE, LEFT_ANKLE, 0.048),
)


def _own_depth() -> npt.NDArray[np.float64]:
    """How much of its own body may lie in front of a joint, metres.

    A joint counts as seen while it is no deeper than this under the surface: the shoulder's and
    the hip's joints are inside the trunk, and still nothing hides them from the front.
    """
    depth = np.full(33, 0.05)
    depth[LEFT_EAR : LEFT_EAR + 2] = 0.06
    for first, _last, radius in _LIMBS:
        depth[first : first + 2] = np.maximum(depth[first : first + 2], radius + 0.02)
    depth[LEFT_SHOULDER : LEFT_SHOULDER + 2] = 0.13
    depth[LEFT_HIP : LEFT_HIP + 2] = 0.13
    return depth


_OWN_DEPTH = _own_depth()


_FIRST = np.array([first + side for first, _, _ in _LIMBS for side in (0, 1)])
_LAST = np.array([last + side for _, last, _ in _LIMBS for side in (0, 1)])
_ALONG = np.linspace(0.0, 1.0, 6)[:, np.newaxis, np.newaxis]
_RADII = np.concatenate(
    [
        np.tile(np.repeat([radius for _, _, radius in _LIMBS], 2), len(_ALONG)),
        np.full(7 * 3, 0.105),
        [0.085, 0.070],
    ]
)
# Left, up and forward from the hips: the trunk is three columns of balls side by side.
_TRUNK = np.array(
    [[aside, up, 0.0] for up in np.linspace(0.0, 0.47, 7) for aside in (-0.07, 0.0, 0.07)]
)
_HEAD = np.array([[0.0, 0.03, 0.0], [0.0, -0.04, 0.0]])


def _balls(body: Body) -> Points:
    """Fill a body with balls, for hiding only: rows of x, y, z, radius in metres."""
    first, last = body.joints[_FIRST], body.joints[_LAST]
    limbs = (first + _ALONG * (last - first)).reshape(-1, 3)
    trunk = body.pelvis + body.scale * (_TRUNK @ body.trunk)
    head = body.skull + body.scale * (_HEAD @ body.head)
    return np.column_stack([np.concatenate([limbs, trunk, head]), body.scale * _RADII])


def _behind(joints: Points, balls: Points, depth: Points) -> npt.NDArray[np.bool_]:
    """Tell which joints have a ball's surface more than `depth` in front of them."""
    apart = joints[:, np.newaxis, :3] - balls[np.newaxis, :, :3]
    sunk = apart[:, :, 1] - DOWNWARD * apart[:, :, 2]
    room = balls[:, 3] ** 2 - apart[:, :, 0] ** 2 - sunk**2
    surface = balls[:, 2] + np.sqrt(np.maximum(room, 0.0))
    hidden = (room > 0.0) & (surface > joints[:, np.newaxis, 2] + depth[:, np.newaxis])
    return np.asarray(hidden.any(axis=1))
