"""The reference of every key, in Markdown that also reads well in a terminal. Pure."""

import textwrap
from collections.abc import Iterator

from edgepose.config.declare import Cost
from edgepose.config.keys import Key, keys, section_at
from edgepose.config.yaml_value import flow

_WIDTH = 98

_HEAD = """\
# The configuration

[edgepose.yaml](edgepose.yaml) holds every key with its default. A key or a section that is left
out has it too; a path is relative to the folder of the file. The installed service reads
`/etc/edgepose/edgepose.yaml`, and so do these without a FILE:

```sh
edgepose check FILE             # every mistake with its line, else what a reload would change
edgepose config FILE            # every key as edgepose reads it, defaults as comments
sudo systemctl reload edgepose  # looks at the file again
edgepose run --config FILE      # runs it by hand
```

Editors with yaml-language-server complete and check the file as you type: its first line names
the schema.

**Saving the file is enough.** It is checked as a whole, and only what changed is swapped. The same
is done by `systemctl reload edgepose`, and by a message on the topic
`<base>/<device>/command/reload` unless `commands.enabled` is false.

What a change touches:
"""

_COSTS = {
    Cost.LIVE: "nothing else, the next message follows it",
    Cost.REBUILD_VISION: "the camera and the engine start anew: some seconds without poses,"
    " the connection to the broker stays",
    Cost.RECONNECT: "the connection to the broker is made anew; what is retained under an old name"
    " is cleared",
}

_BAD = """\
## When an edit is bad

The old configuration keeps running, and you are told where the mistake is:

- `systemctl status edgepose` shows `OLD CONFIG: line 4 ...`, and the journal
  (`journalctl -u edgepose -p err`) has every mistake with its line and column.
- The retained topic `<base>/<device>/config` holds what runs, what is on disk, and how the last
  change went; `<base>/<device>/health` is `degraded`.

What was right and still does not work is taken back too: a change of the camera or of the engine
after which no frame comes within `reload.confirm_within`. It is not tried again until the file
changes or somebody asks by `systemctl reload` or the command topic. A new broker is asked first and
the old connection kept until it answers. A start with a bad file takes the last configuration that
worked; where there is none, edgepose ends with exit status 78, and systemd does not start it again
by itself.
"""

_KINDS = {int: "a whole number, ", float: "a number, "}


def reference() -> str:
    """Give the reference as the text of its file."""
    used = {key.cost for key in keys()}
    lines = [*_HEAD.splitlines(), ""]
    for cost in (each for each in Cost if each in used):
        lines += _wrapped(f"- `{cost}`: {_COSTS[cost]}", "  ")
    lines += ["", *_BAD.splitlines()]
    section: tuple[str, ...] = ()
    for key in keys():
        if key.path[:-1] != section:
            section = key.path[:-1]
            told = (section_at(section).__doc__ or "").splitlines()[0]
            lines += ["", f"## {'.'.join(section)}", "", told]
        lines += ["", *_key(key)]
    return "\n".join(lines) + "\n"


def _key(key: Key) -> Iterator[str]:
    name = key.path[-1]
    yield f"### `{key.name}`"
    yield ""
    yield from _wrapped(key.text)
    yield ""
    yield from _wrapped(f"- Allowed: {_KINDS.get(key.type, '')}{key.allowed}", "  ")
    yield f"- Default: `{name}: {flow(key.default)}`"
    if key.example != key.default:
        yield f"- Example: `{name}: {flow(key.example)}`"
    yield f"- Change: `{key.cost}`"


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, _WIDTH, subsequent_indent=indent, break_on_hyphens=False)
