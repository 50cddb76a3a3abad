"""Examples of the landmark stream: what the full model saw of a drawn person. Pure."""

from typing import Final

from edgepose.messages.pose import Landmark, Person, Pose

# x, y, z, visibility, presence of 33 landmarks.
_SEEN: Final = """
0.5108 0.2038 -0.2919 1.00 1.00
0.5142 0.1894 -0.2733 1.00 1.00
0.5175 0.1893 -0.2733 1.00 1.00
0.5209 0.1896 -0.2734 1.00 1.00
0.5038 0.1891 -0.2770 1.00 1.00
0.4988 0.1891 -0.2770 1.00 1.00
0.4936 0.1892 -0.2770 1.00 1.00
0.5221 0.1953 -0.1429 1.00 1.00
0.4837 0.1954 -0.1602 1.00 1.00
0.5146 0.2196 -0.2411 1.00 1.00
0.5017 0.2198 -0.2462 1.00 1.00
0.5577 0.2878 -0.0596 1.00 1.00
0.4449 0.2857 -0.0705 1.00 1.00
0.5683 0.4100 -0.0103 0.99 1.00
0.4312 0.4094 -0.0335 0.97 1.00
0.5785 0.5254 -0.1280 0.98 1.00
0.4218 0.5206 -0.1356 0.96 1.00
0.5878 0.5621 -0.1630 0.96 1.00
0.4132 0.5602 -0.1694 0.92 1.00
0.5823 0.5645 -0.2048 0.96 1.00
0.4202 0.5598 -0.2146 0.93 1.00
0.5765 0.5518 -0.1472 0.96 1.00
0.4252 0.5479 -0.1558 0.92 1.00
0.5344 0.5184 -0.0022 1.00 1.00
0.4675 0.5205 0.0023 1.00 1.00
0.5396 0.6993 -0.0221 0.99 1.00
0.4611 0.6979 -0.0238 0.99 1.00
0.5386 0.8632 0.1199 0.99 1.00
0.4595 0.8559 0.1164 0.99 1.00
0.5319 0.8815 0.1241 0.87 1.00
0.4655 0.8731 0.1204 0.83 1.00
0.5484 0.9102 -0.0297 0.98 0.99
0.4515 0.9106 -0.0354 0.98 0.99
"""

_SOMEBODY: Final = Person(
    landmarks=tuple(
        Landmark(*(float(number) for number in line.split())) for line in _SEEN.strip().splitlines()
    ),
    id=17,
    confidence=0.97,
)
POSES: Final = {
    "Somebody stands there": Pose(
        seq=48211,
        frame=51877,
        unix_us=1_795_336_798_020_000,
        latency_ms=41.2,
        size=(640, 480),
        people=(_SOMEBODY,),
    ),
    "An empty room": Pose(
        seq=48212, frame=52177, unix_us=1_795_336_808_020_000, latency_ms=39.8, size=(640, 480)
    ),
}
"""By what they show."""


def hexadecimal(message: bytes) -> str:
    """Bytes for a person to read: 32 on a line, so that the header stands on one of its own."""
    lines = (message[start : start + 32] for start in range(0, len(message), 32))
    return "".join(f"{line.hex(' ', -8)}\n" for line in lines)
