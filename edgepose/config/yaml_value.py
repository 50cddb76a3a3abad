"""A value as YAML writes it, on one line: what every text about a key shows. Pure."""

import sys

import yaml


def flow(value: object) -> str:
    """Write a value as YAML on one line, in quotes only where it needs them."""
    listed = yaml.safe_dump(
        [plain(value)], default_flow_style=True, width=sys.maxsize, allow_unicode=True
    )
    return listed.strip()[1:-1]


def plain(value: object) -> object:
    """The value as a file holds it: a list for a tuple, 30 for 30.0."""
    if isinstance(value, tuple):
        return list(value)
    return int(value) if isinstance(value, float) and value.is_integer() else value
