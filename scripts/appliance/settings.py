"""Sets keys of a configuration and keeps all else: `settings.py FROM TO KEY=VALUE...`.

Comments, order and spelling of the file FROM stay; TO counts only if the exit status is 0: then it
loads and says exactly what was asked for. Runs with the installed edgepose. Exit status 0, else 78
and the problems on stderr.
"""

import sys
from pathlib import Path

import yaml

from edgepose.config.change import with_keys
from edgepose.config.keys import keys
from edgepose.config.load import load
from edgepose.errors import EX_CONFIG, UserError


def changed(path: Path, asked: dict[str, str]) -> str:
    """The text of the file at `path` with the keys set. Raises UserError for a name unknown."""
    known = {key.name: key for key in keys()}
    values: dict[str, object] = {}
    for name, word in asked.items():
        if name not in known:
            raise UserError(f"{name}: this edgepose has no such key", EX_CONFIG)
        values[name] = int(word) if isinstance(known[name].default, int) else word
    # Bytes, so that line ends stay as they are.
    return with_keys(path.read_bytes().decode(), values)


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
