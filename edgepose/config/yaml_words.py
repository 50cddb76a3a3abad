"""What PyYAML's syntax errors mean to the person who wrote the file.

Owns the words only. Pure.
"""

import yaml

_QUOTE = "put the text in quotes"

_AT_START = (
    # Told where the construct begins: PyYAML notices only far below.
    ("could not find expected ':'", "this line has no `: ` after its key"),
    ("found unexpected end of stream", "the quote that opens here is never closed"),
    ("found unexpected document separator", "the quote that opens here is never closed"),
    ("but got", "the bracket that opens here is not closed, or a comma is missing in it"),
)

_AT_PROBLEM = (
    ("found character '\\t'", "a tab stands here; YAML indents by spaces only"),
    ("<document start>", "the first value has ended above; all must be one section of keys"),
    ("mapping values are not allowed", "a `:` does not fit here: the line above may lack its own,"
     " or this line's indentation is off; text with a colon in it needs quotes"),
    ("sequence entries are not allowed", "a list does not fit here: start it on its own line"),
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
    ("that cannot start any token", f"this character has a meaning in YAML: {_QUOTE}"),
)  # fmt: skip


def explain(error: yaml.YAMLError, text: str) -> tuple[int, int, str]:
    """Give line and column, both from 1, and what is wrong there."""
    if isinstance(error, yaml.reader.ReaderError):
        before = text[: error.position]
        column = error.position - (before.rfind("\n") + 1) + 1
        wrong = f"the control character {ord(text[error.position]):#04x} is not text; take it out"
        return before.count("\n") + 1, column, wrong
    assert isinstance(error, yaml.MarkedYAMLError), "PyYAML marks every other error"
    said = " ".join(filter(None, (error.context, error.problem)))
    mark = error.problem_mark or error.context_mark
    for pattern, words in _AT_START:
        if pattern in said and error.context_mark is not None:
            start = error.context_mark
            return start.line + 1, start.column + 1, words
    words = next((words for pattern, words in _AT_PROBLEM if pattern in said), said)
    if mark is None:
        return 1, 1, words
    return mark.line + 1, mark.column + 1, words
