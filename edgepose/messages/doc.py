"""What a field of a message means: said once, where the field is declared.

The contract for subscribers (`edgepose.contract`) is generated from it. Pure; this package imports
the standard library alone, so pydantic calls `Doc` by a name that it looks for.
"""

from collections.abc import Callable
from typing import Any


class Doc:
    """A sentence about a field, with what its type cannot say, in words of JSON Schema.

    Stands in `Annotated[...]`; `unit` is that of a number.
    """

    def __init__(self, text: str, *, unit: str | None = None, **schema: Any) -> None:
        self.text = text
        self.unit = unit
        self.schema = schema

    def __get_pydantic_json_schema__(
        self, core: Any, handler: Callable[[Any], dict[str, Any]]
    ) -> dict[str, Any]:
        """The field's JSON Schema with all this in it; pydantic calls it."""
        found = {**handler(core), "description": self.text, **self.schema}
        return found if self.unit is None else {**found, "x-unit": self.unit}
