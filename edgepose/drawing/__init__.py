"""People drawn on a picture, or on a plain ground: landmarks, connections, ids, outlines.

Owns how people look, and nothing of where pictures come from or go to. Pure: what is given stays as
it is, and any thread may draw. Raises ValueError where a picture is none.
"""

from edgepose.drawing.colours import COLOURS, GROUND, Colour
from edgepose.drawing.people import Picture, draw, plain

__all__ = ["COLOURS", "GROUND", "Colour", "Picture", "draw", "plain"]
