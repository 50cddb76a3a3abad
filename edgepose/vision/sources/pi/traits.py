"""What an opened camera says of itself, in our own terms.

Owns how picamera2 and libcamera are asked, and nothing of what is made of it. Runs on the thread
that opens the source. Their own errors pass through, `RuntimeError` and `OSError`.
"""

from collections.abc import Mapping
from typing import Any, Final

from edgepose.vision.sources.pi.controls import Control, Kind
from edgepose.vision.sources.pi.formats import Layout

_KINDS: Final[Mapping[str, Kind]] = {
    "Bool": "bool",
    "Byte": "whole",
    "Unsigned16": "whole",
    "Unsigned32": "whole",
    "Integer32": "whole",
    "Integer64": "whole",
    "Float": "number",
    "String": "text",
    "Size": "size",
    "Rectangle": "rectangle",
}
"""libcamera's types of controls."""


def sensor_modes(camera: Any) -> list[dict[str, Any]]:
    """picamera2's `sensor_modes`, without the buffers that it would allocate for each of them.

    It configures the camera once for each mode. The buffers of the largest do not fit into the
    contiguous memory of a Pi Zero 2 W (raspberrypi/picamera2#1358), and nobody needs them.
    """
    from picamera2.allocators import Allocator

    buffers = camera.allocator
    camera.allocator = Allocator()
    try:
        return list(camera.sensor_modes)
    finally:
        camera.allocator = buffers


def sensor_size(camera: Any) -> tuple[int, int] | None:
    """Width and height of the sensor's active pixels; None where the camera does not tell."""
    areas = camera.camera_properties.get("PixelArrayActiveAreas")
    return (areas[0][2], areas[0][3]) if areas else None


def formats(camera: Any) -> dict[str, list[tuple[int, int]]]:
    """The pixel formats of the camera's pictures, each with its sizes."""
    from libcamera import StreamRole

    offered = camera.camera.generate_configuration([StreamRole.VideoRecording]).at(0).formats
    return {
        str(pixels): [(size.width, size.height) for size in offered.sizes(pixels)]
        for pixels in offered.pixel_formats
    }


def controls(camera: Any) -> dict[str, Control]:
    """Give all controls of the camera as it is configured, by name."""
    return {name: _control(*pair) for name, pair in camera.camera_ctrl_info.items()}


def _control(control: Any, info: Any) -> Control:
    """What libcamera says of a control."""
    low, high = (each if isinstance(each, int | float) else None for each in (info.min, info.max))
    if low is not None and high is not None and high < low:
        # A sensor without a longest exposure says 0.
        high = None
    kind = _KINDS.get(control.type.name, "text")
    # A list of any length has the largest number there is for its length.
    count = (control.size if control.size < 1 << 16 else 0) if control.isArray else None
    return Control(kind, count, low, high, dict(control.enumerators()))


def layout(camera: Any) -> Layout:
    """How the configured camera lays out its pictures, which need not be as it was asked to."""
    from libcamera import ColorSpace

    main = camera.camera_configuration()["main"]
    # picamera2's own `colour_space` tells only which of three names comes nearest.
    colours = camera.libcamera_config.at(0).color_space
    full = colours is not None and colours.range == ColorSpace.Range.Full
    return Layout(main["format"], main["size"], main["stride"], full)
