"""What a document says about edgepose, and whether it is so: the rules behind test_docs.py.

Looked at, in this order; what fits no rule is prose and is not looked at.

- A link to no other host: the file must exist.
- A line of a shell block (of a `console` block only those behind a `$`), or a span that is a
  script or `edgepose` with something behind it: the script must exist, `python -m` must name a
  module, and sub-commands and options must be real.
- `--option`: some sub-command must have it.
- A path: relative and with a slash, or with the ending of a file. It must exist beside the
  document, in the package or in the checkout, be a bundle of models/manifest, or stand in the
  code as a string. Places on a machine start with a slash; topics start with one too, or hold a
  placeholder: `edgepose/<device>`.
- A dotted name: a key or section of the configuration, a module of edgepose or a name in one, a
  member of a class, or a module of somebody else's that can be found.
- `name()`, CamelCase and snake_case: the package's code must hold that name or string.
"""

import argparse
import importlib.util
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

from edgepose.cli import build_parser
from edgepose.models import manifest
from tests.names import known, words

CHECKOUT = Path(__file__).resolve().parents[1]

_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")
_SCRIPT = re.compile(r"(?:\./)?(?:scripts|\.ci)/\w+")
_FILE = re.compile(r"[\w./-]+\.(?:json|js|md|py|service|sh|task|toml|txt|yaml|yml)")
_RELATIVE = re.compile(r"[\w.-]+(?:/[\w.-]*)+")
_DOTTED = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+(?:\(\))?")
_SYMBOL = re.compile(r"\w+\(\)|[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*|_?[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+")
_PLACEHOLDER = re.compile(r"<.*>|[A-Z]+")


def problems(text: str, folder: Path) -> list[str]:
    """What a document in `folder` says that is not so, one line for each."""
    prose = _FENCE.sub("", text)
    found = [
        f"no such file: {path}" for path in _LINK.findall(prose) if not (folder / path).exists()
    ]
    for language, block in _FENCE.findall(text):
        lines = block.replace("\\\n", " ").splitlines()
        if language == "console":
            lines = [line[2:] for line in lines if line.startswith("$ ")]
        if language in {"sh", "bash", "shell", "console"}:
            found += [problem for line in lines for problem in _shell(line)]
    for _, span in _SPAN.findall(prose):
        found += _span(" ".join(span.split()), folder)
    return found


def _span(span: str, folder: Path) -> Iterator[str]:
    if re.match(rf"edgepose |{_SCRIPT.pattern} ", span):
        yield from _shell(span)
    elif re.fullmatch(r"--[\w-]+", span):
        if not any(span in parser._option_string_actions for parser in _parsers(build_parser())):
            yield f"no sub-command has the option {span}"
    elif _FILE.fullmatch(span) or _RELATIVE.fullmatch(span):
        if not span.startswith("/") and not _exists(span, folder) and span not in words():
            yield f"no such file: {span}"
    elif _DOTTED.fullmatch(span):
        if not known(span.removesuffix("()")):
            yield f"no such key, module or name: {span}"
    elif _SYMBOL.fullmatch(span) and span.removesuffix("()") not in words():
        yield f"not in the code: {span}"


def _exists(path: str, folder: Path) -> bool:
    if Path(path).name in {bundle.file for bundle in manifest.load().values()}:
        return True
    if "/" in path:
        return any((base / path).exists() for base in (folder, CHECKOUT / "edgepose", CHECKOUT))
    inner = [CHECKOUT / name for name in ("config", "edgepose", "scripts", "systemd", "tests")]
    return (CHECKOUT / path).exists() or any(any(base.rglob(path)) for base in inner)


def _shell(line: str) -> Iterator[str]:
    """What is wrong with the commands of ours in a shell line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    try:
        tokens = [*lexer, ";"]
    except ValueError as error:
        yield f"not a shell command ({error}): {line}"
        return
    command: list[str] = []
    for token in tokens:
        if token and set(token) <= set("();<>|&"):
            yield from _command(command)
            command = []
        else:
            command.append(token)


def _command(command: list[str]) -> Iterator[str]:
    while command and (command[0] == "sudo" or re.match(r"\w+=", command[0])):
        command = command[1:]
    if not command:
        return
    name, *rest = command
    if name.rpartition("/")[2] == "edgepose":
        yield from _arguments(build_parser(), rest)
    elif _SCRIPT.fullmatch(name):
        script = CHECKOUT / name
        if not script.is_file() or not script.stat().st_mode & 0o100:
            yield f"no such script: {name}"
        elif script.name == "demo":
            yield from _arguments(build_parser(), ["demo", *rest])
    elif rest[:1] == ["-m"] and "".join(rest[1:2]).startswith("edgepose"):
        try:
            found = importlib.util.find_spec(rest[1])
        except ModuleNotFoundError:
            found = None
        if found is None:
            yield f"no such module: {rest[1]}"


def _arguments(parser: argparse.ArgumentParser, command: list[str]) -> Iterator[str]:
    """Walk the words behind a command; a placeholder (FILE, <file>) stands for any value."""
    positionals = [action for action in parser._actions if not action.option_strings]
    remaining = iter(command)
    for word in remaining:
        name, equals, _ = word.partition("=")
        if word.startswith("-"):
            option = parser._option_string_actions.get(name)
            if option is None:
                yield f"{parser.prog} has no option {name}"
            elif option.nargs != 0 and not equals:
                next(remaining, None)
        elif not positionals:
            yield f"{parser.prog} takes no {word}"
        else:
            action = positionals[0]
            if action.nargs not in ("*", "+"):
                positionals.pop(0)
            if action.choices is None or _PLACEHOLDER.fullmatch(word):
                continue
            if word not in action.choices:
                yield f"{parser.prog} has no {word}"
            elif isinstance(action, argparse._SubParsersAction):
                yield from _arguments(action.choices[word], list(remaining))


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for inner in action.choices.values():
                yield from _parsers(inner)
