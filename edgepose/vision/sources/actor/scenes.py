"""What happens in each scene: who stands where, in which pose, at which time.

Owns the motion and the placing in the picture. Draws nothing. Pure functions of the time in
seconds, any thread; an unknown scene is a `UserError`.
"""

from collections.abc import Callable
from dataclasses import replace
from math import cos, pi, sin

from edgepose.errors import EX_CONFIG, UserError
from edgepose.vision.frame import Joints
from edgepose.vision.sources.actor.skeleton import Arm, Body, Leg, Stance, body_of
from edgepose.vision.sources.actor.view import View, seen_joints

WALK_SPEED = 1.0
"""Metres a second."""
STRIDES_PER_SECOND = 0.85
WALK_HEADING = 1.15
"""Radians between the way to the camera and the way of the walk: between three-quarters and
side."""
OUT_OF_VIEW = 0.55
"""Metres beyond the picture's edge at which no part of a walking body is seen."""


def _standing(t: float, _view: View) -> tuple[Stance, ...]:
    return (_at_ease(t, 0.0, 0.0, 1.0),)


def _waving(t: float, _view: View) -> tuple[Stance, ...]:
    calm = _at_ease(t, 0.0, 0.0, 1.0)
    swing = sin(2 * pi * 0.9 * t)
    raised = Arm(upper=(0.15, 1.25), lower=(0.25, 2.75 + 0.40 * swing), palm=1.4)
    return (replace(calm, arms=(calm.arms[0], raised)),)


def _walking(t: float, view: View) -> tuple[Stance, ...]:
    span = view.width_metres + 2 * OUT_OF_VIEW
    crossing, seconds = divmod(t, span / WALK_SPEED)
    way = 1.0 if int(crossing) % 2 == 0 else -1.0
    phase = 2 * pi * STRIDES_PER_SECOND * t
    stride = cos(phase)
    return (
        Stance(
            x=way * (seconds * WALK_SPEED - span / 2),
            heading=way * WALK_HEADING,
            lean=0.05,
            twist=0.08 * stride,
            head_turn=-0.15 * way,
            arms=(_swinging(-stride), _swinging(stride)),
            legs=(_stepping(phase), _stepping(phase + pi)),
        ),
    )


def _two_people(t: float, _view: View) -> tuple[Stance, ...]:
    left = _at_ease(t, -0.55, 0.20, 1.0)
    right = _at_ease(t + 1.7, 0.55, -0.20, 0.94)
    talk = sin(2 * pi * 0.4 * t)
    gesture = Arm(upper=(0.25, 0.20), lower=(0.90 + 0.25 * talk, 0.55), palm=0.6)
    return (replace(left, arms=(left.arms[0], gesture)), right)


def _empty(_t: float, _view: View) -> tuple[Stance, ...]:
    return ()


_SCENES: dict[str, Callable[[float, View], tuple[Stance, ...]]] = {
    "standing": _standing,
    "waving": _waving,
    "walking": _walking,
    "two_people": _two_people,
    "empty": _empty,
}
SCENES: tuple[str, ...] = tuple(_SCENES)
"""The names of the scenes, as `camera.scene` takes them."""


def bodies_at(scene: str, t_seconds: float, view: View) -> tuple[Body, ...]:
    """Everybody of the scene at that time, in metres, in view or not.

    Raises `UserError` for a scene that does not exist.
    """
    move = _SCENES.get(scene)
    if move is None:
        raise UserError(f"actor: no scene '{scene}', choose one of {', '.join(SCENES)}", EX_CONFIG)
    return tuple(body_of(stance) for stance in move(t_seconds, view))


def pose_at(scene: str, t_seconds: float, size: tuple[int, int]) -> tuple[Joints, ...]:
    """Give the joints of everybody of whom something is in the picture at that time.

    A pure function; `size` is (width, height) in pixels. Raises `UserError` for a scene that
    does not exist.
    """
    view = View(size)
    return seen_joints(bodies_at(scene, t_seconds, view), view)


def _at_ease(t: float, x: float, heading: float, scale: float) -> Stance:
    """Somebody who stands and waits: weight and gaze shift a little."""
    slow, breath = sin(2 * pi * 0.23 * t), sin(2 * pi * 0.31 * t)
    return Stance(
        x=x,
        heading=heading + 0.07 * slow,
        lean=0.01 * breath,
        tilt=0.015 * slow,
        head_turn=0.12 * breath,
        arms=(
            Arm((0.02 + 0.03 * breath, 0.16), (0.20 + 0.05 * slow, 0.10)),
            Arm((0.02 - 0.03 * breath, 0.16), (0.20 + 0.05 * slow, 0.10)),
        ),
        legs=(Leg(outward=0.05), Leg(outward=0.05)),
        scale=scale,
    )


def _swinging(forward: float) -> Arm:
    upper = 0.05 + 0.38 * forward
    return Arm(upper=(upper, 0.10), lower=(upper + 0.38 + 0.12 * forward, 0.02), palm=0.3)


def _stepping(phase: float) -> Leg:
    """One leg of a walk: phase 0 is the heel strike; the knee bends most at about 0.72 of it."""
    thigh = 0.10 + 0.42 * cos(phase)
    swing = max(0.0, cos(phase - 1.45 * pi)) ** 1.5
    stance = max(0.0, cos(phase - 0.25 * pi)) ** 2
    knee = 0.08 + 0.95 * swing + 0.18 * stance
    tilt = thigh - knee
    # The sole lies flat under the body, points up before the heel strike and hangs in the swing.
    return Leg(thigh=thigh, outward=0.02, knee=knee, toes_up=tilt * (0.35 if tilt > 0 else 0.75))
