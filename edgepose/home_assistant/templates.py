"""The templates with which Home Assistant reads our messages, in its Jinja.

What a message does not tell, or tells as null, becomes `None`, which Home Assistant takes for
unknown: never 0 and never `off`. Pure.
"""

from collections.abc import Collection
from typing import Final


def value(path: str) -> str:
    """What stands at `path` of the message, as it is; a boolean becomes `True` or `False`."""
    return f"{{{{ {_at(path)} }}}}"


def chosen(path: str, on: Collection[str], off: Collection[str]) -> str:
    """`on` or `off` for a word at `path`; unknown for any other."""
    words = {**dict.fromkeys(on, "on"), **dict.fromkeys(off, "off")}
    return f"{{{{ {words}.get({_at(path)}) }}}}"


def any_of(path: str) -> str:
    """`on` or `off`: whether the list at `path` holds anything; unknown where there is none."""
    return f"{{% set x = {_at(path)} %}}{{{{ none if x is none else 'on' if x else 'off' }}}}"


def rounded(path: str, step: int = 1) -> str:
    """The number at `path`, to a whole multiple of `step`."""
    number = "x | round | int" if step == 1 else f"(x / {step}) | round | int * {step}"
    return f"{{% set x = {_at(path)} %}}{{{{ {number} if x is number else none }}}}"


def summed(path: str, names: Collection[str]) -> str:
    """The sum of some numbers in the object at `path`; unknown if one of them is not there."""
    numbers = f"[{', '.join(f'x.{name}' for name in names)}] | select('number') | list"
    return (
        f"{{% set x = value_json.{path} %}}{{% set all = {numbers} %}}"
        f"{{{{ all | sum if all | count == {len(names)} else none }}}}"
    )


def attributes(**paths: str) -> str:
    """A JSON object of what stands at these paths, for an entity's attributes."""
    members = ", ".join(f"'{name}': {_at(path)}" for name, path in paths.items())
    return f"{{{{ {{{members}}} | tojson }}}}"


def _at(path: str) -> str:
    return f"value_json.{path} | default(none)"


EVENT: Final = (
    "{% if not value_json.late %}"
    "{{ dict(value_json.reasons, event_type=value_json.event_type, id=value_json.id) | tojson }}"
    "{% endif %}"
)
"""An event with who and why. What comes late is left out: there it would be said to happen now,
and what waits for it would act on what is long over."""
