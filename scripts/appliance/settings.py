"""Sets keys of a configuration and keeps all else: `settings.py FROM TO KEY=VALUE...`.

Comments, order and spelling of the file FROM stay; TO is written whole, and only if it loads and
says exactly what was asked for. Runs with the installed edgepose. Exit status 0, else 78 and the
problems on stderr.
"""

import sys
from pathlib import Path
from typing import Any

import yaml

from edgepose.config.generate import flow
from edgepose.config.keys import keys
from edgepose.config.load import load
from edgepose.errors import EX_CONFIG, UserError


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


def changed(path: Path, asked: dict[str, str]) -> str:
    """The text of the file at `path` with the keys set. Raises UserError for a name unknown."""
    known = {key.name: key for key in keys()}
    # Bytes, so that line ends stay as they are.
    text = path.read_bytes().decode()
    for name, word in asked.items():
        if name not in known:
            raise UserError(f"{name}: this edgepose has no such key", EX_CONFIG)
        value: Any = int(word) if isinstance(known[name].default, int) else word
        section, _, last = name.partition(".")
        text = with_key(text, section, last, value)
    return text


def main(source: str, target: str, *words: str) -> int:
    """Write the file, or say why not."""
    asked = dict(word.split("=", 1) for word in words)
    path = Path(target)
    try:
        path.write_bytes(changed(Path(source), asked).encode())
        config = load(path).model_dump()
    except UserError as error:
        print(str(error).replace(target, source), file=sys.stderr)
        return EX_CONFIG
    except (yaml.YAMLError, UnicodeDecodeError):
        print(f"{source} is not YAML that can be read: mend or move it away", file=sys.stderr)
        return EX_CONFIG
    for name, word in asked.items():
        section, _, last = name.partition(".")
        if str(config[section][last]) != word:
            print(f"{name} cannot be set in {source}: set it by hand", file=sys.stderr)
            return EX_CONFIG
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
