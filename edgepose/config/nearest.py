"""Which known key an unknown one may have meant.

Pure.
"""

from difflib import get_close_matches

from edgepose.config.keys import keys, section_at
from edgepose.config.model import Config
from edgepose.config.words import either


def unknown(name: str, path: tuple[str, ...]) -> tuple[str, str | None]:
    """Give what to say of an unknown `name` in the section at `path`, and the nearest key."""
    if any(each.isspace() and each != " " for each in name):
        return "holds a character that only looks like a space; type plain spaces instead", None
    if path and name in Config.model_fields:
        return f"unknown key here, {name} stands at the top of the file, without indentation", name
    owners = [key for key in keys() if name in (key.path[-1], key.name)]
    if owners:
        sections = either([".".join(key.path[:-1]) for key in owners])
        return f"unknown key here, {owners[0].path[-1]} belongs in {sections}", owners[0].name
    siblings = list(section_at(path).model_fields)
    for candidates in (siblings, [key.name for key in keys()]):
        known = {each.rpartition(".")[2]: each for each in candidates}
        close = get_close_matches(name.lower(), known, n=1)
        if close:
            return f"unknown key, did you mean {known[close[0]]}?", known[close[0]]
    return f"unknown key, allowed here: {', '.join(siblings)}", None
