"""Two actors whose ways cross: the truth about them, and what a real engine sees of them.

The actor has no such scene; its bodies are put together here. The one behind is smaller, higher in
the picture and drawn first.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np

from edgepose.messages.pose import Person
from edgepose.vision.engines import EngineOptions, detect
from edgepose.vision.engines.opening import open_engine
from edgepose.vision.frame import Joints
from edgepose.vision.sources.actor.backdrop import Backdrop
from edgepose.vision.sources.actor.figure import LOOKS, draw_body, draw_shadow
from edgepose.vision.sources.actor.scenes import OUT_OF_VIEW, WALK_SPEED, bodies_at
from edgepose.vision.sources.actor.skeleton import Body
from edgepose.vision.sources.actor.view import View, seen_joints

SIZE: Final = (640, 480)
VIEW: Final = View(SIZE)
PASS_S: Final = (VIEW.width_metres + 2 * OUT_OF_VIEW) / WALK_SPEED
"""How long a walk through the picture takes; then the actor walks back."""

Truth = tuple[Joints | None, Joints | None]
"""The joints of the one behind and of the one in front; None for who is out of the picture."""


def _far(body: Body) -> Body:
    """The body a little behind where it is."""
    scale, back = 0.85, np.array([0.0, 0.0, -0.6])
    return replace(
        body,
        joints=body.joints * scale + back,
        pelvis=body.pelvis * scale + back,
        chest=body.chest * scale + back,
        skull=body.skull * scale + back,
        scale=body.scale * scale,
    )


def _walks(t: float) -> Body:
    return bodies_at("walking", t, VIEW)[0]


def _returns(t: float) -> Body:
    return _walks(t + PASS_S)


def _stands(t: float) -> Body:
    return bodies_at("standing", t, VIEW)[0]


WAYS: Final[dict[str, Callable[[float], tuple[Body, Body]]]] = {
    "they meet": lambda t: (_far(_returns(t)), _walks(t)),
    "they meet side by side": lambda t: (_returns(t), _walks(t)),
    "one walks faster": lambda t: (_far(_returns(1.4 * t - 0.7)), _walks(t)),
    "one passes behind who stands": lambda t: (_far(_walks(t)), _stands(t)),
    "one passes before who stands": lambda t: (_far(_stands(t)), _walks(t)),
}
"""Who is behind and who is in front at a time in seconds, 0 to `PASS_S`."""


def truth(way: str, t: float) -> Truth:
    """The joints of both, flagged as hidden where the other one hides them."""
    bodies = WAYS[way](t)
    # Whoever is out of the picture is left out, so that it takes a look at each to tell who is who.
    inside = [bool(seen_joints((body,), VIEW)) for body in bodies]
    both = iter(seen_joints(bodies, VIEW))
    behind, front = (next(both) if each else None for each in inside)
    return behind, front


def real(
    engine: str, options: EngineOptions, way: str, rate: float
) -> list[tuple[float, tuple[Person, ...]]]:
    """What the engine sees: times in seconds, and people. To be run in a sandboxed process."""
    backdrop, looking = Backdrop(VIEW), open_engine(engine, options)
    seen = []
    for number in range(int(PASS_S * rate)):
        t = number / rate
        image, bodies = backdrop.fresh(), WAYS[way](t)
        for body in bodies:
            draw_shadow(image, body, VIEW)
        for body, look in zip(bodies, LOOKS, strict=True):
            draw_body(image, body, VIEW, look)
        backdrop.add_noise(image, number)
        seen.append((t, detect(looking, image, round(t * 1e9)).people))
    looking.close()
    return seen
