"""The JSON of every message but the landmark stream: its dataclass, field by field.

A field whose name is a keyword of Python ends with an underscore, which the message leaves out.
A field that is `Absent` is left out of the message. Pure.
"""

import dataclasses
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, Final, Literal

TIME: Final = {"format": "date-time", "examples": ["2026-11-22T08:39:58.020Z"]}
"""What a JSON Schema says of a time: ISO 8601 in UTC with milliseconds."""


class _Absent(Enum):
    ABSENT = "absent"


Absent = Literal[_Absent.ABSENT]
ABSENT: Final = _Absent.ABSENT
"""The value of a field that is left out."""


def encode(message: Any) -> bytes:
    """The payload of a message, UTF-8. Raises ValueError where a number is not finite."""
    text = json.dumps(as_json(message), separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    # JSON from others may hold halves of characters, which no UTF-8 has.
    return text.encode(errors="replace")


def as_json(value: Any) -> Any:
    """A message, or a part of one, in JSON's own types."""
    if dataclasses.is_dataclass(value):
        fields = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name.rstrip("_"): as_json(each) for name, each in fields if each is not ABSENT}
    if isinstance(value, Mapping):
        return {str(name): as_json(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [as_json(each) for each in value]
    return value
