"""The document as YAML for people: stable order, no references, lines that fit a screen. Pure."""

from typing import Any, Final

import yaml

_HEAD: Final = """\
# What edgepose says over MQTT, and what it listens to: the contract with subscribers, in the form
# of AsyncAPI 3 (https://www.asyncapi.com). Channels are the topics, operations tell who sends and
# how, components hold the messages with examples and the schemas of their payloads.
#
# Made from the types of the messages by `python -m edgepose.contract`: do not edit it here.

"""
_WIDTH: Final = 86
"""PyYAML goes beyond it by a word."""
_SCALARS: Final = (str, int, float, bool, type(None))


class _Dumper(yaml.SafeDumper):
    """Block style, but a list of plain values on one line; text of several lines as it is."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's own name
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002
        super().increase_indent(flow, False)


def _sequence(dumper: _Dumper, values: list[Any]) -> yaml.Node:
    plain = all(isinstance(value, _SCALARS) for value in values)
    return dumper.represent_sequence("tag:yaml.org,2002:seq", values, flow_style=plain)


def _string(dumper: _Dumper, value: str) -> yaml.Node:
    style = "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(list, _sequence)
_Dumper.add_representer(str, _string)


def text(document: dict[str, Any]) -> str:
    """The document as the text of its file."""
    return _HEAD + yaml.dump(
        document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH
    )
