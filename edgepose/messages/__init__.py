"""The wire formats: what subscribers receive, and what the two processes say to each other.

For subscribers: `decode_packed` and `decode_json` make a `Pose` of what came on `/pose/packed` and
on `/pose`, or raise `DecodeError`; nothing else comes out of them, whatever the bytes.

Standard library only, and nothing of edgepose: who wants no more than this copies the folder, as
`edgepose/messages`, beside the program that needs it. `pose` holds the types, `json_format` and
`packed` the two formats of the landmark stream, `landmarks` the names; `observation`, `control` and
`page` are the link between the vision process and the daemon; the other modules are what is said
beside the stream. Pure, any thread.
"""

from edgepose.messages.json_format import decode as decode_json
from edgepose.messages.landmarks import (
    BLAZEPOSE33,
    COCO17,
    COCO17_CONNECTIONS,
    COCO17_INDICES,
    CONNECTIONS,
    SETS,
    SKELETONS,
    SetName,
)
from edgepose.messages.packed import decode as decode_packed
from edgepose.messages.pose import (
    POSTURES,
    DecodeError,
    Landmark,
    Person,
    Pose,
    Posture,
    WorldLandmark,
)

__all__ = [
    "BLAZEPOSE33",
    "COCO17",
    "COCO17_CONNECTIONS",
    "COCO17_INDICES",
    "CONNECTIONS",
    "POSTURES",
    "SETS",
    "SKELETONS",
    "DecodeError",
    "Landmark",
    "Person",
    "Pose",
    "Posture",
    "SetName",
    "WorldLandmark",
    "decode_json",
    "decode_packed",
]
