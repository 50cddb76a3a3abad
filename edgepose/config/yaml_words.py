"""What PyYAML's syntax errors mean to the person who wrote the file.

Owns the words, and the look at the lines around an error that they need. Pure.
"""

import re

import yaml

from edgepose.config.problem import BREAK, position

_QUOTE = "put the text in quotes"
_NO_COLON = "this line has no `: ` after its key"
_GLUED = re.compile(r"\s*([\w.-]+):([^\s/].*)")
_GLUED_ENTRY = re.compile(r"\s*-[^\s-].*")

_AT_START = (
    # Told where the construct begins: PyYAML notices only far below.
    ("found unexpected end of stream", "the quote that opens here is never closed"),
    ("found unexpected document separator", "the quote that opens here is never closed"),
    ("but got", "the bracket that opens here is not closed, or a comma is missing in it"),
)

_AT_PROBLEM = (
    ("found character '\\t'", "a tab stands here; YAML takes spaces only"),
    ("<document start>", "the first value has ended above; all must be one section of keys"),
    ("sequence entries are not allowed", "a list does not fit here: start it on its own line"),
    ("mapping keys are not allowed", f"a leading ? has a meaning in YAML: {_QUOTE}"),
    ("found '<block mapping start>'", "this line is indented differently from its section"),
    ("found '<block sequence start>'", "this line is indented differently from its section"),
    ("found '-'", "a list entry does not fit here, where keys stand"),
    ("expected <block end>", f"nothing more fits on this line: {_QUOTE}, all of it"),
    ("found unknown escape", "a backslash in double quotes is an escape: use single quotes"),
    ("escape sequence of", "a backslash in double quotes is an escape: use single quotes"),
    ("expected the node content", "a value is missing here"),
    ("found undefined alias", f"a leading * has a meaning in YAML: {_QUOTE}"),
    ("alias", f"a leading * has a meaning in YAML: {_QUOTE}"),
    ("anchor", f"a leading & has a meaning in YAML: {_QUOTE}"),
    ("tag", f"a leading ! has a meaning in YAML: {_QUOTE}"),
    ("directive", "a line cannot begin with % in YAML"),
    ("block scalar", f"a leading | or > has a meaning in YAML: {_QUOTE}"),
    ("but found another document", "a second document begins here; leave the line `---` out"),
)


def explain(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    """Give line and column, both from 1, and what is wrong there."""
    if isinstance(error, yaml.reader.ReaderError):
        wrong = f"the control character {ord(text[error.position]):#04x} is not text; take it out"
        return *position(text[: error.position]), wrong
    assert isinstance(error, yaml.MarkedYAMLError), "PyYAML marks every other error"
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark or error.context_mark
    assert mark is not None, "PyYAML gives one of both"
    start, lines = error.context_mark, BREAK.split(text)
    if "could not find expected ':'" in said and start is not None:
        return start.line + 1, start.column + 1, glued(lines[start.line]) or _NO_COLON
    if "mapping values are not allowed" in said:
        return _colon(lines, mark.line, mark.column)
    if "that cannot start any token" in said and "\\t" not in said:
        meaning = f"a leading {lines[mark.line][mark.column]} has a meaning in YAML"
        return mark.line + 1, mark.column + 1, f"{meaning}: {_QUOTE}"
    for pattern, words in _AT_START:
        if pattern in said and start is not None:
            return start.line + 1, start.column + 1, words
    words = next((words for pattern, words in _AT_PROBLEM if pattern in said), said)
    return mark.line + 1, mark.column + 1, words


def glued(line: str) -> str | None:
    """Say that a space is missing behind the colon or behind the dash; None where none is."""
    if match := _GLUED.fullmatch(line):
        return f"a space is missing behind the colon of `{match[1]}:`"
    if _GLUED_ENTRY.fullmatch(line):
        return "a space is missing behind the - of the list entry"
    return None


def _colon(lines: list[str], number: int, column: int) -> tuple[int, int, str]:
    """Tell why a colon does not fit: PyYAML takes it for the second one of its line.

    Text goes on over several lines, so the one to blame may be above.
    """
    line = lines[number]
    if ":" in line[:column]:
        return number + 1, column + 1, f"a second `: ` does not fit on this line: {_QUOTE}"
    above = number - 1
    while above > 0 and not lines[above].strip():
        above -= 1
    before = lines[above] if above >= 0 else ""
    start = len(before) - len(before.lstrip()) + 1
    if wrong := glued(before):
        return above + 1, start, wrong
    if ":" not in before:
        return above + 1, start, _NO_COLON
    start = len(line) - len(line.lstrip()) + 1
    return number + 1, start, "this line is indented differently from the one above it"
