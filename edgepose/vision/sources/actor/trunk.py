"""The outlines of the trunk: stacks of ellipses around the spine.

Owns the shape of shirt and trousers between shoulders and legs. Paints nothing. Pure functions,
any thread, raises nothing.
"""

import numpy as np

from edgepose.vision.sources.actor.brush import RING, Shape, stack
from edgepose.vision.sources.actor.skeleton import Body, Points
from edgepose.vision.sources.actor.view import View

# Each row: up from the hips, half width, half depth, forward; metres.
_SHIRT = np.array(
    [
        [0.591, 0.052, 0.050, -0.010],
        [0.578, 0.084, 0.058, -0.008],
        [0.563, 0.126, 0.066, -0.004],
        [0.541, 0.164, 0.078, 0.000],
        [0.485, 0.178, 0.096, 0.004],
        [0.410, 0.176, 0.112, 0.010],
        [0.330, 0.168, 0.118, 0.014],
        [0.240, 0.156, 0.110, 0.010],
        [0.150, 0.152, 0.106, 0.008],
        [0.060, 0.162, 0.114, 0.004],
        [-0.020, 0.172, 0.122, 0.000],
        [-0.060, 0.172, 0.122, 0.000],
        [-0.066, 0.160, 0.116, 0.000],
    ]
)
_SEAT = np.array(
    [
        [0.040, 0.140, 0.105, 0.000],
        [-0.030, 0.160, 0.116, -0.006],
        [-0.090, 0.150, 0.116, -0.008],
        [-0.115, 0.090, 0.100, -0.004],
        [-0.130, 0.020, 0.080, -0.004],
    ]
)


def shirt(body: Body, view: View) -> Shape:
    """The shirt without its sleeves."""
    return _rounds(body, view, _SHIRT)


def seat(body: Body, view: View) -> Shape:
    """The trousers above the legs."""
    return _rounds(body, view, _SEAT)


def neckline(body: Body, view: View) -> Points:
    """The opening of the shirt around the neck, wider to the front; starts at its right end."""
    throat = body.chest + body.scale * (0.074 * body.trunk[1] + 0.012 * body.trunk[2])
    wide = np.hypot(0.050 * body.trunk[0, 0], 0.058 * body.trunk[2, 0])
    reach = np.array([wide, 0.020]) * body.scale * view.scale
    return np.asarray(view.project(throat) + reach * RING)


def _rounds(body: Body, view: View, levels: Points) -> Shape:
    left, up, forward = body.trunk
    rise, half, deep, ahead = (levels[:, [column]] * body.scale for column in range(4))
    middle = view.project(body.pelvis + rise * up + ahead * forward)
    # How far an ellipse with these half axes reaches to the side, as it is turned.
    reach = np.hypot(half * left[0], deep * forward[0]) * view.scale * np.array([1.0, 0.0])
    return stack(middle - reach, middle + reach)
