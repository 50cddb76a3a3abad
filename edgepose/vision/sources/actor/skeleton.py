"""The actor's bones: from joint angles to the 33 landmarks of a body in metres.

Owns the proportions of the body and where each landmark lies. Knows nothing of pictures.
Pure functions, any thread, raises nothing.

Frame of a person: origin on the floor under the mid-hip, x to the person's left, y up,
z forward. Frame of the scene: x to the right of the picture, y up, z toward the camera; the two
agree for a person who faces the camera.
"""

from dataclasses import dataclass
from math import cos, sin

import numpy as np
import numpy.typing as npt

Vector = npt.NDArray[np.float64]
Points = npt.NDArray[np.float64]

LEFT_EAR, LEFT_SHOULDER, LEFT_ELBOW, LEFT_WRIST = 7, 11, 13, 15
LEFT_PINKY, LEFT_INDEX, LEFT_THUMB = 17, 19, 21
LEFT_HIP, LEFT_KNEE, LEFT_ANKLE, LEFT_HEEL, LEFT_FOOT_INDEX = 23, 25, 27, 29, 31
"""Rows of MediaPipe's pose landmarks; the right side's is the next row of each."""

STATURE = 1.75
"""Metres from the floor to the crown of a body of scale 1; the lengths below belong to it and
start from the adult segment lengths of Drillis and Contini (1966), hips and shoulders moved to
where the Pose Landmarker puts them: hips close together, shoulders a little inside the arm."""

THIGH, SHANK = 0.410, 0.425
SPINE, SHOULDER_HALF, HIP_HALF = 0.505, 0.165, 0.095
UPPER_ARM, FOREARM = 0.285, 0.255
NECK = 0.215
"""From mid-shoulder to the centre of the head."""
SHOE_BACK, SHOE_FRONT, HEEL_DROP, TOE_DROP = 0.055, 0.145, 0.055, 0.065
"""From the ankle to the heel and to the big toe: backward, forward, down to each."""
TOES_OUT = 0.18
"""How far a foot points outward: tangent of the angle."""

HEAD_HALF = np.array([0.076, 0.118, 0.098])
"""Half axes of the head: to the side, up, forward."""

FACE = np.array(
    [
        [0.000, -0.020, 0.112],
        [0.018, 0.012, 0.090],
        [0.031, 0.012, 0.086],
        [0.044, 0.012, 0.078],
        [-0.018, 0.012, 0.090],
        [-0.031, 0.012, 0.086],
        [-0.044, 0.012, 0.078],
        [0.068, -0.005, 0.000],
        [-0.068, -0.005, 0.000],
        [0.025, -0.060, 0.082],
        [-0.025, -0.060, 0.082],
    ]
)
"""Landmarks 0 to 10 in the frame of the head, metres."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Where an arm points, radians, from hanging down: first forward, then away from the body."""

    upper: tuple[float, float] = (0.0, 0.12)
    lower: tuple[float, float] = (0.15, 0.10)
    palm: float = 0.5
    """0: the thumb points forward; a quarter turn: it points to the body's middle."""


@dataclass(frozen=True, slots=True)
class Leg:
    """Where a leg points, radians: thigh forward and outward, bend of the knee, toes up."""

    thigh: float = 0.0
    outward: float = 0.04
    knee: float = 0.03
    toes_up: float = 0.0


@dataclass(frozen=True, slots=True)
class Stance:
    """Everything that moves. Angles in radians, lengths in metres; the left limb comes first."""

    x: float = 0.0
    heading: float = 0.0
    """0 faces the camera, a quarter turn faces the right of the picture."""
    lean: float = 0.0
    tilt: float = 0.0
    twist: float = 0.0
    head_turn: float = 0.0
    head_nod: float = 0.0
    arms: tuple[Arm, Arm] = (Arm(), Arm())
    legs: tuple[Leg, Leg] = (Leg(), Leg())
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Body:
    """A posed body in the scene's frame, metres.

    The rows of `trunk` and `head` are the directions left, up and forward of that part.
    """

    joints: Points
    pelvis: Vector
    chest: Vector
    trunk: Points
    skull: Vector
    head: Points
    scale: float


def body_of(stance: Stance) -> Body:
    """Pose a body; its lowest point stands on the floor."""
    base = _turned(stance.heading, 0.0, 0.0)
    trunk = _turned(stance.heading + stance.twist, stance.lean, stance.tilt)
    head = _turned(stance.heading + stance.head_turn, stance.head_nod, stance.tilt / 2)
    joints = np.zeros((33, 3))
    pelvis = np.zeros(3)
    chest = pelvis + SPINE * trunk[1]
    skull = chest + NECK * (0.75 * head[1] + 0.25 * trunk[1]) + 0.015 * head[2]
    joints[:11] = skull + FACE @ head
    for side, arm, leg in zip((0, 1), stance.arms, stance.legs, strict=True):
        sign = 1.0 - 2.0 * side
        shoulder = chest + sign * SHOULDER_HALF * trunk[0]
        hip = pelvis + sign * HIP_HALF * base[0]
        joints[LEFT_SHOULDER + side : LEFT_HIP : 2] = _arm(arm, shoulder, trunk, sign)
        joints[LEFT_HIP + side :: 2] = _leg(leg, hip, base, sign)
    lift = np.array([0.0, -joints[LEFT_HEEL:, 1].min(), 0.0])
    place = np.array([stance.x, 0.0, 0.0])
    return Body(
        joints=(joints + lift) * stance.scale + place,
        pelvis=(pelvis + lift) * stance.scale + place,
        chest=(chest + lift) * stance.scale + place,
        trunk=trunk,
        skull=(skull + lift) * stance.scale + place,
        head=head,
        scale=stance.scale,
    )


def _turned(yaw: float, pitch: float, roll: float) -> Points:
    """Rows left, up, forward after leaning forward, then to the left, then turning."""
    cy, sy, cp, sp, cr, sr = cos(yaw), sin(yaw), cos(pitch), sin(pitch), cos(roll), sin(roll)
    left = (cr, -sr, 0.0)
    up = (sr * cp, cr * cp, sp)
    forward = (-sr * sp, -cr * sp, cp)
    return np.array([[x * cy + z * sy, y, z * cy - x * sy] for x, y, z in (left, up, forward)])


def _limb(forward: float, outward: float, sign: float, frame: Points) -> Vector:
    along = (sign * sin(outward), -cos(outward) * cos(forward), cos(outward) * sin(forward))
    return np.asarray(along @ frame)


def _arm(arm: Arm, shoulder: Vector, trunk: Points, sign: float) -> Points:
    """Shoulder, elbow, wrist, pinky, index and thumb; the last three are the knuckles."""
    elbow = shoulder + UPPER_ARM * _limb(*arm.upper, sign, trunk)
    hand = _limb(*arm.lower, sign, trunk)
    wrist = elbow + FOREARM * hand
    thumb = cos(arm.palm) * trunk[2] - sign * sin(arm.palm) * trunk[0]
    thumb = thumb - (thumb @ hand) * hand
    thumb /= np.sqrt(thumb @ thumb)
    return np.array(
        [
            shoulder,
            elbow,
            wrist,
            wrist + 0.085 * hand - 0.030 * thumb,
            wrist + 0.095 * hand + 0.022 * thumb,
            wrist + 0.050 * hand + 0.036 * thumb,
        ]
    )


def _leg(leg: Leg, hip: Vector, base: Points, sign: float) -> Points:
    """Hip, knee, ankle, heel and foot index."""
    knee = hip + THIGH * _limb(leg.thigh, leg.outward, sign, base)
    ankle = knee + SHANK * _limb(leg.thigh - leg.knee, leg.outward / 2, sign, base)
    toes = cos(leg.toes_up) * (base[2] + sign * TOES_OUT * base[0]) + sin(leg.toes_up) * base[1]
    sole = cos(leg.toes_up) * base[1] - sin(leg.toes_up) * base[2]
    heel = ankle - SHOE_BACK * toes - HEEL_DROP * sole
    return np.array([hip, knee, ankle, heel, ankle + SHOE_FRONT * toes - TOE_DROP * sole])
