"""Config files as accidents leave them, thrown at a running daemon; each outcome is judged.

The checker in this process says what the daemon has to do with each of them. A mutant may break
whatever it likes, but one that is good must not take the daemon away from the test or give it work
without end: then another mutant takes its place.
"""

from collections import Counter
from pathlib import Path
from typing import Any, Final

from edgepose.config.load import parse
from edgepose.config.model import Config
from edgepose.config.plan import masked, plan
from edgepose.config.problem import ConfigError
from edgepose.messages import json_format, packed
from tests.harness.mutate import mutated
from tests.harness.site import Site, digest
from tests.harness.wait import wait_for

FREE: Final = ("camera.mirror", "messages.", "health.", "commands.", "reload.confirm_within")
"""Keys that a good mutant may change as it likes."""
SCENES: Final = ("camera.scene", "camera.rotation")
"""And these, which start the vision process anew."""
WHOLE: Final = 9
"""Every so many files one is whole."""
NOWHERE: Final = 40
"""Every so many files one asks for a source that is not there: it has to be taken back."""


def text_to_mutate(site: Site, seed: int) -> str:
    """The small config with more keys, and with what people write beside them.

    Live keys differ from seed to seed, so that one that is taken changes something.
    """
    whole = {
        # Faster than in other tests: poses are waited for after each mutant.
        "camera": {"scene": "standing", "rate": 30, "mirror": seed % 2 == 1, "rotation": 0},
        "messages": {
            "formats": ["packed"] if seed % 7 == 1 else ["json", "packed"],
            "landmarks": ("blazepose33", "coco17")[seed % 3 == 1],
            "world": False,
        },
        "commands": {"enabled": True},
        "health": {"interval": 2},
        "device": {"id": "tested", "name": "In the hall: left # not a comment"},
    }
    head = "# Edited by hand; see the reference.\n"
    return head + site.text(whole).decode() + "\n# the end\n"


def throw(site: Site, count: int, first: int = 0) -> Counter[str]:
    """Save `count` mutants one after the other, from the seed `first` on, and judge each outcome.

    Gives how many there were of each outcome. AssertionError where one is not as it must be.
    """
    running = on_disk = site.daemon.config.read_bytes()
    outcomes: Counter[str] = Counter()
    for seed in range(first, first + count):
        data = _mutant(site, text_to_mutate(site, seed), seed)
        if data == on_disk:
            # A touch.
            continue
        on_disk = data
        report = site.edit(data)
        expected = _expected(site.daemon.config, data)
        result = report["last"]["result"]
        assert result == expected, (seed, data, report)
        outcomes[result] += 1
        if result == "accepted":
            running = data
        assert report["running"] == digest(running), (seed, data, report)
        _judge_report(site, report, running, data)
        # After a refusal any pose will do; else one may have been on its way.
        _judge_stream(site, parse(running, site.daemon.config), 1 if result == "refused" else 2)
        assert "Traceback" not in site.daemon.log, (seed, data)
        assert site.daemon.process.poll() is None
    return outcomes


def _mutant(site: Site, text: str, seed: int) -> bytes:
    """The first of the mutants of this seed that leaves the daemon where it is."""
    if seed % NOWHERE == NOWHERE - 1:
        moved = text.replace("source: actor", f"source: uri\n  uri: nowhere-{seed}")
        assert moved != text
        return moved.encode()
    if seed % WHOLE == 0:
        return f"# {seed}\n{text}".encode()
    base = parse(text.encode(), site.daemon.config)
    for turn in range(50):
        # A multiple of the number of kinds: the kind stays the same.
        data = mutated(seed + turn * 13_000_000, text)
        try:
            config = parse(data, site.daemon.config)
        except ConfigError:
            return data
        if all(each.key.startswith((*FREE, *SCENES)) for each in plan(base, config)):
            return data
    return f"# {seed}\n{text}".encode()


def _expected(file: Path, data: bytes) -> str:
    try:
        config = parse(data, file)
    except ConfigError:
        return "refused"
    return "rolled_back" if config.camera.source == "uri" else "accepted"


def _judge_report(site: Site, report: dict[str, Any], running: bytes, data: bytes) -> None:
    config = parse(running, site.daemon.config)
    assert report["config"] == masked(config)
    if report["last"]["result"] != "refused":
        return
    try:
        parse(data, site.daemon.config)
    except ConfigError as error:
        said = [(each["line"], each["column"], each["key"]) for each in report["last"]["errors"]]
        meant = [(each.line, each.column, each.key) for each in error.problems]
        # A few are told one by one; whoever has more is told how many.
        assert said[:10] == meant[:10]


def _judge_stream(site: Site, config: Config, count: int) -> None:
    """The stream goes on, and its poses are as the config in force asks for them."""
    form = packed if "packed" in config.messages.formats else json_format
    topic = "/pose/packed" if form is packed else "/pose"
    had = len(site.stranger.on(topic))
    wait_for(lambda: len(site.stranger.on(topic)) >= had + count, 20, "poses")
    pose = form.decode(site.stranger.on(topic)[-1].payload)
    size = tuple(config.camera.size)
    if config.camera.rotation in (90, 270):
        size = size[::-1]
    meant = (config.messages.landmarks, config.camera.mirror, size)
    assert (pose.set, pose.mirrored, pose.size) == meant
