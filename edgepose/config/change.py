"""Sets keys in a configuration file and keeps all else: comments, order, spelling.

Owns the text surgery and the safe replacing of the file. Runs on the caller's thread. Raises
UserError where the file cannot be changed so that it says exactly what was asked for; the file is
then as it was.
"""

import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

import yaml

from edgepose.config.load import load
from edgepose.config.model import Config
from edgepose.config.plan import Change, plan, values
from edgepose.config.problem import ConfigError
from edgepose.config.yaml_value import flow
from edgepose.errors import EX_CONFIG, UserError


def check_writable(path: Path) -> None:
    """Raises UserError where `path` is no good configuration or its folder is not writable."""
    load(path)
    folder = path.resolve().parent
    if not os.access(folder, os.W_OK):
        raise UserError(f"{path}: this user may not write in {folder}; try it with sudo")


def rewrite(path: Path, wanted: Mapping[str, object]) -> list[Change]:
    """Give the keys in the file at `path` these values; tells what that changed.

    The new text is checked before it takes the old one's place, at once and with its owner and
    mode: whoever reads the file sees the old or the new one, also after a power cut.
    """
    config = load(path)
    now = values(config)
    different = {key: new for key, new in wanted.items() if now[key] != new}
    if not different:
        return []
    real = path.resolve()
    try:
        new_text = with_keys(real.read_bytes().decode(), different)
        # In the same folder, so that it can take the other's place in one step.
        with tempfile.TemporaryDirectory(prefix=".edgepose-", dir=real.parent) as folder:
            place = Path(folder) / real.name
            place.write_bytes(new_text.encode())
            changed = _checked(place, path, {**now, **wanted})
            _replace(place, real)
    except OSError as error:
        raise UserError(f"{path}: cannot be written: {error.strerror}; try it with sudo") from error
    return plan(config, changed)


def with_keys(text: str, wanted: Mapping[str, object]) -> str:
    """The YAML `text` with these keys, each of a section, set."""
    for name, new in wanted.items():
        section, _, last = name.partition(".")
        text = with_key(text, section, last, new)
    return text


def with_key(text: str, section: str, name: str, value: object) -> str:
    """The YAML `text` with `section.name` set to `value`.

    Where the key stands, its value is replaced; else a line is added to the section, or the
    section to the end.
    """
    line = f"{name}: {flow(value)}"
    root = yaml.compose(text, yaml.SafeLoader)
    inner = _entry(root, section)
    node = _entry(inner, name)
    if node is not None:
        return _spliced(text, node, flow(value))
    if isinstance(inner, yaml.MappingNode) and inner.value:
        start = inner.value[0][0].start_mark
        between = ", " if inner.flow_style else "\n" + " " * start.column
        return text[: start.index] + line + between + text[start.index :]
    if inner is not None:
        # `mqtt:` with nothing behind it, or with {}.
        return _spliced(text, inner, f"{{{line}}}")
    if isinstance(root, yaml.MappingNode) and root.flow_style:
        head = text[: root.start_mark.index + 1]
        between = ", " if root.value else ""
        return f"{head}{section}: {{{line}}}{between}{text[root.start_mark.index + 1 :]}"
    return f"{text.rstrip()}\n\n{section}:\n  {line}\n"


def _entry(node: yaml.Node | None, name: str) -> yaml.Node | None:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return next((value for key, value in pairs if key.value == name), None)


def _spliced(text: str, node: yaml.Node, written: str) -> str:
    before, after = text[: node.start_mark.index], text[node.end_mark.index :]
    # A value that is left out has no width, and stands right behind the colon.
    return f"{before}{' ' if before.endswith(':') else ''}{written}{after}"


def _checked(place: Path, path: Path, wanted: Mapping[str, object]) -> Config:
    """Raises UserError unless the file at `place`, to be called `path`, says just that."""
    try:
        config = load(place)
    except ConfigError as error:
        raise UserError(str(error).replace(str(place), str(path)), EX_CONFIG) from error
    for name, value in values(config).items():
        if value != wanted[name]:
            message = f"{path}: {name} cannot be set in a file written like this"
            raise UserError(f"{message}: set it by hand", EX_CONFIG)
    return config


def _replace(place: Path, path: Path) -> None:
    """Move the file at `place` to `path`, with the owner and the mode of what is there."""
    before = path.stat()
    with place.open("rb") as file:
        os.fchown(file.fileno(), before.st_uid, before.st_gid)
        os.fchmod(file.fileno(), stat.S_IMODE(before.st_mode))
        os.fsync(file.fileno())
    place.replace(path)
    folder = os.open(path.parent, os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
