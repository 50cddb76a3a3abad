"""From a file to a `Config`, or to every problem in it, each with its line and column.

Owns the order of the steps: `text.py` reads, `tree.py` parses, `checking.py` holds it against the
declarations. Keeps nothing, runs on any thread. Raises `ConfigError`.
"""

from pathlib import Path

from edgepose.config.checking import Checking
from edgepose.config.model import Config
from edgepose.config.node import value
from edgepose.config.problem import ConfigError, Problem
from edgepose.config.text import decode, read_bytes
from edgepose.config.tree import compose


def load(path: Path) -> Config:
    """Read and check a configuration file.

    Raises `ConfigError` with all problems of the file, and nothing else.
    """
    return parse(read_bytes(path), path)


def parse(data: bytes, path: Path) -> Config:
    """Check a configuration that is read already; `path` is what the errors call it.

    Raises `ConfigError` with all problems, and nothing else.
    """
    file = str(path)
    root, problems = compose(decode(data, path), file)
    if root is None or value(root) is None:
        message = "holds no key; write {} to take every default, or copy the default file"
        raise ConfigError([Problem(file, None, None, None, message)])
    checking = Checking(file)
    checking.section(root, Config, (), checking.good)
    config = checking.build()
    problems += checking.problems
    if config is None or problems:
        raise ConfigError(problems)
    return config
