"""Who is there while the config changes: nobody leaves who stays, and no id comes back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.harness.broker import Broker
from tests.harness.daemon import DEVICE
from tests.harness.site import Site, at_work
from tests.harness.wait import wait_for

pytestmark = [pytest.mark.usefixtures("model_full"), pytest.mark.slow]
LEFT_HALF = [[[0, 0], [0.5, 0], [0.5, 1], [0, 1]]]


def events(site: Site) -> list[dict[str, Any]]:
    """What happened so far."""
    return [json.loads(said.payload) for said in site.stranger.on("/event")]


def wait_there(site: Site, ids: set[int]) -> list[dict[str, Any]]:
    """Wait until these people are there."""

    def found() -> list[dict[str, Any]] | None:
        people = json.loads(site.stranger.on("/state")[-1].payload)["people"]
        return people if {each["id"] for each in people or ()} == ids else None

    return wait_for(found, 20, f"{ids} there: {site.stranger.on('/state')[-1]} {events(site)}")


def test_fewer_to_find_and_another_source(tmp_path: Path, broker: Broker) -> None:
    two: dict[str, Any] = {"scene": "two_people"}
    with at_work(tmp_path, broker, {"camera": two, "detection": {"num_poses": 2}}) as site:
        people = wait_there(site, {1, 2})
        newest = site.stranger.poses()[-1].people
        left, right = sorted(newest, key=lambda person: person.landmarks[0].x)
        had = len(site.stranger.on("/state"))
        # Just reported for something else: the next report comes when there are pictures again.
        site.stranger.publish(f"edgepose/{DEVICE}/command/set", b'{"camera.idle_rate":3}')
        wait_for(lambda: site.stranger.on("/set/result"), 5, "the answer")
        site.edit({"camera": {**two, "mask": LEFT_HALF}, "detection": {"num_poses": 1}})
        (stays,) = wait_there(site, {right.id})
        assert stays in people
        between = [json.loads(said.payload)["people"] for said in site.stranger.on("/state")[had:]]
        assert between[0] is None
        *_, went = events(site)
        assert (went["event_type"], went["id"]) == ("left", left.id)
        assert went["reasons"]["displaced_by"] == right.id
        assert went["reasons"]["unseen_s"] >= 0.5
        # Other pictures: of those who were there nothing is known any more.
        site.edit({"camera": {"scene": "standing"}})
        wait_there(site, {3})
        told = [(each["event_type"], each["id"]) for each in events(site)]
        assert sorted(told[:2]) == [("entered", 1), ("entered", 2)]
        assert told[2:] == [("left", left.id), ("entered", 3)]
        site.end()
