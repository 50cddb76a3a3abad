"""Draws one body: clothes, arms and legs, what is far first.

Owns the look and the order of drawing. The pose comes from `skeleton`, the shapes from `brush`
and `trunk`. Writes into the image it is given, on the thread of its caller; raises nothing.
"""

from dataclasses import dataclass

import numpy as np

from edgepose.vision.frame import Image
from edgepose.vision.sources.actor.brush import (
    Colour,
    Limb,
    Shape,
    fill,
    limbs,
    paint,
    stroke,
    toned,
)
from edgepose.vision.sources.actor.face import draw_head
from edgepose.vision.sources.actor.skeleton import (
    LEFT_ANKLE,
    LEFT_ELBOW,
    LEFT_FOOT_INDEX,
    LEFT_HEEL,
    LEFT_HIP,
    LEFT_INDEX,
    LEFT_KNEE,
    LEFT_PINKY,
    LEFT_SHOULDER,
    LEFT_THUMB,
    LEFT_WRIST,
    Body,
)
from edgepose.vision.sources.actor.trunk import neckline, seat, shirt
from edgepose.vision.sources.actor.view import View


@dataclass(frozen=True, slots=True)
class Look:
    """The colours of somebody."""

    skin: Colour
    hair: Colour
    shirt: Colour
    trousers: Colour
    shoes: Colour


LOOKS = (
    Look((222, 172, 142), (62, 42, 30), (178, 62, 56), (52, 66, 104), (58, 48, 44)),
    Look((190, 134, 100), (34, 28, 26), (72, 128, 112), (110, 98, 82), (206, 200, 194)),
)
"""The first person's, the second person's."""

_FAR = 0.80
"""Brightness of the limbs behind the trunk."""


def draw_body(image: Image, body: Body, view: View, look: Look) -> None:
    """Draw a body that does not turn its back to the camera."""
    figure = _Figure(image, body, view, look)
    depth = body.joints[:, 2]
    near_arm = 0 if depth[LEFT_SHOULDER] > depth[LEFT_SHOULDER + 1] else 1
    near_leg = 0 if depth[LEFT_HIP] > depth[LEFT_HIP + 1] else 1
    # The arms of somebody who faces the camera hang beside the trunk: none is behind it.
    if abs(depth[LEFT_SHOULDER] - depth[LEFT_SHOULDER + 1]) < 0.15 * body.scale:
        figure.shoes((1 - near_leg, near_leg))
        paint(image, [*figure.leg(0), *figure.leg(1), seat(body, view)], look.trousers, 6)
        figure.neck_and_shirt([figure.sleeve(0), figure.sleeve(1)])
        draw_head(image, body, view, look.skin, look.hair)
        figure.arm(1 - near_arm)
        figure.arm(near_arm)
    else:
        figure.arm(1 - near_arm, _FAR)
        paint(image, limbs(figure.sleeve(1 - near_arm)), look.shirt, 5, _FAR)
        figure.shoes((1 - near_leg,))
        paint(image, figure.leg(1 - near_leg), look.trousers, 6, _FAR)
        figure.shoes((near_leg,))
        paint(image, [*figure.leg(near_leg), seat(body, view)], look.trousers, 6)
        figure.neck_and_shirt([])
        draw_head(image, body, view, look.skin, look.hair)
        figure.arm(near_arm)
        paint(image, limbs(figure.sleeve(near_arm)), look.shirt, 6)


def draw_shadow(image: Image, body: Body, view: View) -> None:
    """Darken the floor under the feet."""
    metre = view.scale * body.scale
    x, y = view.project(body.joints[LEFT_HEEL:] * (1.0, 0.0, 1.0)).mean(axis=0)
    half_width, half_height = round(0.42 * metre), round(0.06 * metre)
    across = np.arange(max(0, round(x) - half_width), min(view.width, round(x) + half_width))
    down = np.arange(max(0, round(y) - half_height), min(view.height, round(y) + half_height))
    if not across.size or not down.size:
        return
    away = ((down - y) / half_height)[:, np.newaxis] ** 2 + ((across - x) / half_width) ** 2
    dark = 1.0 - 0.5 * np.maximum(0.0, 1.0 - away)
    floor = image[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    floor[:] = floor * dark[:, :, np.newaxis]


class _Figure:
    """One body on its picture; side 0 is the left. A number times `metre` is in metres."""

    def __init__(self, image: Image, body: Body, view: View, look: Look) -> None:
        self._image = image
        self._body = body
        self._view = view
        self._look = look
        self._flat = view.project(body.joints)
        self._metre = view.scale * body.scale

    def neck_and_shirt(self, sleeves: list[Limb]) -> None:
        """Paint the neck and then the shirt, with the sleeves that are not painted apart."""
        body, view, look, metre = self._body, self._view, self._look, self._metre
        foot = view.project(body.chest + 0.05 * body.scale * body.trunk[1])
        top = view.project(body.skull - 0.06 * body.scale * body.head[1])
        neck = limbs((top, foot, 0.050 * metre, 0.060 * metre))
        paint(self._image, neck, look.skin, 5, 0.82)
        shapes = limbs(*sleeves) if sleeves else []
        paint(self._image, [*shapes, shirt(body, view)], look.shirt, 9)
        opening = neckline(body, view)
        fill(self._image, opening, toned(look.skin, 0.74))
        front = opening[: len(opening) // 2 + 1]
        stroke(self._image, front, toned(look.shirt, 0.70), 0.008 * metre)

    def sleeve(self, side: int) -> Limb:
        """A short sleeve."""
        shoulder, elbow = self._flat[[LEFT_SHOULDER + side, LEFT_ELBOW + side]]
        start = shoulder + 0.07 * (elbow - shoulder)
        end = shoulder + 0.68 * (elbow - shoulder)
        return start, end, 0.054 * self._metre, 0.056 * self._metre, "cut"

    def arm(self, side: int, dim: float = 1.0) -> None:
        """Paint what the sleeve leaves bare, and the hand."""
        metre = self._metre
        rows = (LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST, LEFT_PINKY, LEFT_INDEX, LEFT_THUMB)
        shoulder, elbow, wrist, pinky, index, thumb = (self._flat[row + side] for row in rows)
        bare = shoulder + 0.72 * (elbow - shoulder)
        knuckles = (index + pinky) / 2
        fingers = 0.75 * (knuckles - wrist)
        shapes = limbs(
            (bare, elbow, 0.046 * metre, 0.040 * metre, "cut"),
            (elbow, wrist, 0.040 * metre, 0.026 * metre),
            (wrist, knuckles, 0.026 * metre, 0.031 * metre),
            (wrist, thumb + 0.6 * (thumb - wrist), 0.022 * metre, 0.009 * metre),
            (pinky, pinky + 0.85 * fingers, 0.013 * metre, 0.009 * metre),
            (knuckles, knuckles + 1.1 * fingers, 0.018 * metre, 0.011 * metre),
            (index, index + fingers, 0.013 * metre, 0.009 * metre),
        )
        paint(self._image, shapes, self._look.skin, 5, dim)

    def leg(self, side: int) -> list[Shape]:
        """One leg of the trousers."""
        metre = self._metre
        hip, knee, ankle = (self._flat[row + side] for row in (LEFT_HIP, LEFT_KNEE, LEFT_ANKLE))
        return limbs(
            (hip + 0.16 * (knee - hip), knee, 0.084 * metre, 0.064 * metre),
            (knee, ankle + 0.03 * (ankle - knee), 0.064 * metre, 0.050 * metre, "cut"),
        )

    def shoes(self, sides: tuple[int, ...]) -> None:
        """Paint the shoes of these sides."""
        metre = self._metre
        lift = np.array([0.0, -0.012 * metre])
        for side in sides:
            rows = (LEFT_ANKLE, LEFT_HEEL, LEFT_FOOT_INDEX)
            ankle, heel, toe = (self._flat[row + side] for row in rows)
            shapes = limbs(
                (heel + 1.4 * lift, ankle, 0.032 * metre, 0.040 * metre),
                (ankle, toe + 2 * lift, 0.042 * metre, 0.034 * metre),
                (heel + lift, toe + lift, 0.030 * metre, 0.034 * metre),
            )
            paint(self._image, shapes, self._look.shoes, 4)
