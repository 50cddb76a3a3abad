"""From an observation to what a subscriber gets, with a real broker between them."""

import asyncio
import signal
import time
from collections.abc import Iterable
from dataclasses import replace
from itertools import count

import pytest

from edgepose.messages import json_format
from edgepose.messages.observation import Observation
from edgepose.messages.pose import Person, Pose
from edgepose.mqtt import window
from edgepose.mqtt.client import Client, StreamFate
from edgepose.mqtt.settings import Message
from edgepose.scene.presence import Rules
from edgepose.scene.scene import Scene, View
from edgepose.service.clock import boottime_ns
from edgepose.service.flow import Flow, Format
from tests.harness.broker import Broker
from tests.messages.poses import seen
from tests.mqtt.drive import TOPICS, Stranger, client_for, connected, drive, running, until

SOMEBODY = replace(seen("waving"), id=0, posture="unknown", confidence=0.0)
BOTH: tuple[Format, ...] = ("json", "packed")


def saw(*people: Person, frame: int = 0) -> Observation:
    now_ns = boottime_ns()
    return Observation(frame, now_ns - 40_000_000, now_ns, (640, 480), people)


def flow_of(client: Client, view: View | None = None, formats: tuple[Format, ...] = BOTH) -> Flow:
    return Flow(Scene(view or View(), Rules(0.5, 30.0, 0.5)), client, formats)


def received(stranger: Stranger) -> tuple[list[Pose], list[Pose]]:
    """The json stream and the packed one."""
    return stranger.poses(), stranger.packed()


def test_both_formats_tell_the_same(broker: Broker) -> None:
    async def main() -> tuple[list[Pose], list[Pose]]:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                flow = flow_of(client, View(world=True))
                frames = [3, 4, 9]
                fates = [flow.observe(saw(SOMEBODY, frame=frame)) for frame in frames]
                assert fates == ["published"] * 3
                assert len(flow.latencies_ms) == 3
                await until(lambda: len(stranger.on("/packed")) == 3, "three poses")
            kinds = {m.topic: m.properties.ContentType for m in stranger.on("/pose")}
            assert kinds == {TOPICS.pose: json_format.CONTENT_TYPE}
            return received(stranger)

    texts, packs = drive(main())
    now_us = time.time_ns() // 1000
    assert [p.seq for p in texts] == [p.seq for p in packs] == [0, 1, 2]
    assert [p.frame for p in texts] == [p.frame for p in packs] == [3, 4, 9]
    assert [p.first for p in packs] == [True, False, False]
    for text, pack in zip(texts, packs, strict=True):
        assert (text.unix_us, text.size, text.set) == (pack.unix_us, pack.size, pack.set)
        assert text.latency_ms == pytest.approx(pack.latency_ms, abs=0.11)
        # Capture to encoding: at least what the engine took.
        assert text.latency_ms >= 40
        assert 0 < now_us - text.unix_us < 60_000_000
        assert (text.clock_unset, text.mirrored) == (False, False)
        assert len(text.people[0].landmarks) == len(pack.people[0].world) == 33
        for one, other in zip(text.people[0].landmarks, pack.people[0].landmarks, strict=True):
            assert one[:3] == pytest.approx(other[:3], abs=1e-4)


@pytest.mark.parametrize("formats", [("json",), ("packed",)])
def test_a_format_that_nobody_wants_is_not_sent(
    broker: Broker, formats: tuple[Format, ...]
) -> None:
    async def main() -> set[str]:
        with await asyncio.to_thread(Stranger, broker.port, "edgepose/tested/pose/#") as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                view = View(landmarks="coco17", mirror=True)
                flow = flow_of(client, view, formats)
                for _ in range(3):
                    flow.observe(saw(SOMEBODY))
                await until(lambda: len(stranger.messages) >= 3, "three messages")
            [told] = {(p.set, p.mirrored, len(p.people)) for ps in received(stranger) for p in ps}
            assert told == ("coco17", True, 1)
            return {m.topic for m in stranger.messages}

    topic = {"json": TOPICS.pose, "packed": TOPICS.pose_packed}[formats[0]]
    assert drive(main()) == {topic}


def test_an_empty_room_is_said_once_and_again_after_people(broker: Broker) -> None:
    async def main() -> list[int]:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            flow = flow_of(client)
            # While nobody listens it stays news.
            assert [flow.observe(saw()) for _ in range(3)] == ["offline"] * 3
            async with running(client):
                await connected(client)
                fates = [flow.observe(saw(*p)) for p in ((), (), (SOMEBODY,), (), ())]
                assert fates == ["published", "unchanged", "published", "published", "unchanged"]
                await until(lambda: len(stranger.on("/packed")) == 3, "three poses")
            assert [p.seq for p in stranger.poses()] == [0, 1, 2]
            return [len(p.people) for p in stranger.poses()]

    assert drive(main()) == [0, 1, 0]


def test_seq_rises_by_one_for_each_published_pose_and_for_no_other(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window, "HOLD_S", 0.05)

    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client, frames = client_for(broker.port), count()
            flow, published = flow_of(client), list[int]()

            def observe() -> str:
                frame = next(frames)
                fate = flow.observe(saw(SOMEBODY, frame=frame))
                if fate == "published":
                    published.append(frame)
                return fate

            assert observe() == "offline"
            async with running(client):
                await connected(client)
                assert observe() == "published"
                broker.signal(signal.SIGSTOP)
                try:
                    await until(lambda: observe() == "backpressure", "backpressure")
                finally:
                    broker.signal(signal.SIGCONT)
                await until(lambda: observe() == "published", "an answer")
                await until(lambda: len(stranger.on("/packed")) == len(published), "all poses")
            for poses in received(stranger):
                assert [p.seq for p in poses] == list(range(len(published)))
                assert [p.frame for p in poses] == published
            assert len(flow.latencies_ms) == len(published)

    drive(main())


def test_a_clock_that_nobody_has_set_is_flagged(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> tuple[list[Pose], list[Pose]]:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                # Set back to the beginning of time, so that the frame was taken before it.
                monkeypatch.setattr(time, "time_ns", lambda: 0)
                assert flow_of(client).observe(saw(SOMEBODY)) == "published"
                await until(lambda: stranger.on("/packed"), "the pose")
            return received(stranger)

    [text], [pack] = drive(main())
    assert text.clock_unset
    assert pack.clock_unset
    assert pack.unix_us == 0


class Looking:
    """An onlooker, and in `order` what came before what."""

    def __init__(self, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
        self.looked_at = True
        self.order: list[str] = []
        self.seen: list[tuple[Pose, tuple[Person, ...], bytes | None]] = []
        stream = client.stream

        def noted(messages: Iterable[Message]) -> StreamFate:
            self.order.append("mqtt")
            return stream(messages)

        monkeypatch.setattr(client, "stream", noted)

    def see(self, pose: Pose, people: tuple[Person, ...], payload: bytes | None) -> None:
        """Look at this."""
        self.order.append("onlooker")
        self.seen.append((pose, people, payload))


def test_an_onlooker_sees_what_went_over_mqtt_and_after_it(
    broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        with await asyncio.to_thread(Stranger, broker.port) as stranger:
            client = client_for(broker.port)
            async with running(client):
                await connected(client)
                flow, onlooker = flow_of(client), Looking(client, monkeypatch)
                flow.onlookers = onlooker
                flow.observe(saw(SOMEBODY, frame=3))
                await until(lambda: stranger.on("/pose"), "a pose")
                assert onlooker.order == ["mqtt", "onlooker"]
                ((pose, people, payload),) = onlooker.seen
                assert payload == stranger.on("/pose")[0].payload
                assert (pose.frame, pose.people) == (3, people)
                # Nobody has encoded it then.
                flow.formats = ("packed",)
                flow.observe(saw(SOMEBODY, frame=4))
                assert onlooker.seen[-1][2] is None
                onlooker.looked_at = False
                flow.observe(saw(SOMEBODY, frame=5))
                assert len(onlooker.seen) == 2

    drive(main())


def test_an_onlooker_sees_all_landmarks_without_a_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    client = client_for(1)
    flow, onlooker = flow_of(client, View("coco17", mirror=True)), Looking(client, monkeypatch)
    flow.onlookers = onlooker
    for frame in (1, 2):
        assert flow.observe(saw(SOMEBODY, frame=frame)) == "offline"
    assert [pose.frame for pose, _, _ in onlooker.seen] == [1, 2]
    pose, people, payload = onlooker.seen[0]
    assert (payload, len(pose.people[0].landmarks), len(people[0].landmarks)) == (None, 17, 33)
    assert people[0].id == pose.people[0].id
    assert people[0].landmarks[0].x == 1.0 - SOMEBODY.landmarks[0].x
    # What never reached a subscriber has no number yet.
    assert flow.newest_seq is None
