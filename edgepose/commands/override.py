"""Keys that a command has set for this run, over the config file.

Owns their values and how they are checked: as in a file, by the same rules and in the same words.
Runs on the daemon's loop.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from edgepose.commands.refusal import Refusal
from edgepose.config.declare import Cost
from edgepose.config.keys import keys
from edgepose.config.load import parse
from edgepose.config.model import Config
from edgepose.config.plan import values
from edgepose.config.problem import ConfigError
from edgepose.config.yaml_value import flow

_COSTS: Final = {key.name: key.cost for key in keys()}
_LOCKED: Final = ("commands.enabled", "live.", "snapshot.")
"""Who has shut the commands off by one of them could not take that back. And whoever may publish
is not to open a door of this machine, nor to take the lid off the camera."""
LIVE: Final = tuple(
    n for n, cost in _COSTS.items() if cost is Cost.LIVE and not n.startswith(_LOCKED)
)
"""The keys that can be set."""


class Overrides:
    """`values` holds each key that was set, by its full name."""

    def __init__(self) -> None:
        self.values: dict[str, object] = {}
        self._file: dict[str, object] = {}

    def set(self, asked: Mapping[str, Any]) -> None:
        """Set all of these keys; null is the file's value again. Raises Refusal, with nothing
        changed."""
        back = [name for name, value in asked.items() if value is None and name in LIVE]
        given = {name: value for name, value in asked.items() if name not in back}
        found = checked(given) if given or not back else {}
        self.values = {name: v for name, v in self.values.items() if name not in back} | found

    def adopt(self, config: Config) -> Config:
        """The config of the file, which is in force from now on, with these keys set.

        A key that has changed in the file since is the file's again: the newer word holds.
        """
        file = values(config)
        for name in [n for n in self.values if n in self._file and file[n] != self._file[n]]:
            del self.values[name]
        self._file = file
        return self.over(config)

    def over(self, config: Config) -> Config:
        """The config of a file with these keys set."""
        for name, value in self.values.items():
            section, key = name.split(".")
            inner = getattr(config, section).model_copy(update={key: value})
            config = config.model_copy(update={section: inner})
        return config


def checked(asked: Mapping[str, Any]) -> dict[str, object]:
    """The values of these keys, as a config holds them. Raises Refusal."""
    if not asked:
        raise Refusal("malformed", 'no key; an example: {"health.interval": 10}')
    for name in asked:
        if name not in _COSTS:
            raise Refusal("unknown_key", f"{name[:80]}: {_unknown(name)}")
    sections: dict[str, dict[str, Any]] = {}
    for name, value in asked.items():
        section, key = name.split(".")
        sections.setdefault(section, {})[key] = value
    try:
        # YAML has other ways to write a number than JSON.
        config = parse(flow(sections).encode(), Path("set"))
    except ConfigError as error:
        problem = error.problems[0]
        key = "" if problem.key is None else f"{problem.key}: "
        raise Refusal("out_of_range", f"{key}{problem.message}") from None
    except ValueError:
        raise Refusal("malformed", "holds text or a number that no config can hold") from None
    for name in asked:
        if name not in LIVE:
            live = ", ".join(LIVE)
            raise Refusal(
                "not_live", f"{name}: only the config file can change it; live are {live}"
            )
    found = values(config)
    return {name: found[name] for name in asked}


def _unknown(name: str) -> str:
    section, _, key = name.partition(".")
    try:
        parse(json.dumps({section: {key: None}}).encode(), Path("set"))
    except ConfigError as error:
        return error.problems[0].message
    except ValueError:
        pass
    return "unknown key"
