"""`edgepose config [FILE]`: the configuration that a file makes, as YAML that can be read back.

What the file sets stands as a value, what it leaves at its default as a comment. The address of a
camera is masked, so that it alone does not come back; of a file with a secret its path is shown.
"""

import argparse
from collections.abc import Iterator

from pydantic import BaseModel

from edgepose.cli import add_file
from edgepose.config.device import identify
from edgepose.config.keys import Key, keys
from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.plan import values
from edgepose.config.yaml_value import flow


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of this sub-command."""
    add_file(parser, "the configuration to print")


def run(arguments: argparse.Namespace) -> int:
    """Print it. Raises ConfigError with every problem of the file."""
    config = load(arguments.file)
    print("# What edgepose reads in the file. Behind a # stands the default of a key left out.")
    print("\n".join(effective(config)))
    return 0


def effective(config: Config) -> Iterator[str]:
    """The lines of YAML that make `config`, but for its secrets."""
    held, machine = values(config), _of_machine(config)
    opened: set[tuple[str, ...]] = set()
    for key in keys():
        for depth in range(1, len(key.path)):
            if key.path[:depth] not in opened:
                opened.add(key.path[:depth])
                yield f"{'  ' * (depth - 1)}{key.path[depth - 1]}:"
        indent, off = "  " * (len(key.path) - 1), "" if _is_set(config, key) else "# "
        shown = key.printed(held[key.name])
        notes = [machine[key.name]] if key.name in machine else []
        notes += ["a secret, not shown"] if shown != held[key.name] else []
        behind = "".join(f"  # {note}" for note in notes)
        yield f"{indent}{off}{key.path[-1]}: {flow(shown)}{behind}"


def _of_machine(config: Config) -> dict[str, str]:
    """What this machine fills in where the configuration says null."""
    found = identify(config.device)
    notes = {}
    if config.device.id is None:
        notes["device.id"] = f"on this machine: {found.id}"
    if config.device.name is None:
        notes["device.name"] = f"on this machine: {found.name}"
    return notes


def _is_set(config: Config, key: Key) -> bool:
    section: object = config
    for name in key.path:
        if not isinstance(section, BaseModel) or name not in section.model_fields_set:
            return False
        section = getattr(section, name)
    return True
