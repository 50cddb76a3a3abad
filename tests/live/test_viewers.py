"""What viewers are told, and the one who takes nothing."""

import asyncio
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest

from edgepose.live import live_page, server, telling, token, viewer
from edgepose.messages import json_format
from edgepose.messages.picture import Picture
from edgepose.messages.pose import Person, Pose
from edgepose.mqtt.settings import Message
from edgepose.scene.scene import View
from tests.live.idle_socket import looking
from tests.live.opened import SUBJECT, Opened, Viewer, cookies_of
from tests.messages.poses import seen
from tests.mqtt.drive import TOPICS, drive, until

SOMEBODY = seen("waving")
PICTURE = Picture(7, 0, (640, 480), b"\xff\xd8" + bytes(60_000) + b"\xff\xd9")


def pose_of(*people: Person, frame: int = 0) -> Pose:
    return Pose(0, frame, 1_795_340_123_456_789, 41.2, (640, 480), people)


def say(opened: Opened, topic: str, payload: bytes) -> None:
    opened.page.overhear(Message(topic, payload, 1, retain=True))


@pytest.mark.parametrize("token_text", ["", "a word that can be read\n"])
def test_a_picture_waits_until_the_token_that_it_needs_is_asked_for(
    tmp_path: Path, token_text: str
) -> None:
    """Whoever was let in without one is no viewer of pictures, not even while it is read, nor where
    it cannot be."""
    (tmp_path / token.NAME).write_text(token_text)

    async def main() -> None:
        opened = Opened(tmp_path)
        async with (
            opened.running(opened.settings(require_token=False)),
            opened.visitor(knows=False) as stranger,
            stranger.ws_connect("/live") as line,
        ):
            looks = Viewer(line)
            await looks.next("hello")
            opened.page.want(opened.settings(camera_picture=True))
            opened.page.see_picture(PICTURE)
            heard = [each.type async for each in line]
            assert aiohttp.WSMsgType.BINARY not in heard
            if not token_text:
                await until(lambda: "16 to 256" in (opened.page.trouble or ""), "the trouble")
                with pytest.raises(aiohttp.ClientConnectionError):
                    await stranger.get("/")
                return
            await opened.is_on()
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await stranger.ws_connect("/live")
            async with opened.viewer() as known:
                await known.next("hello")
                opened.page.see_picture(PICTURE)
                await known.next("picture")

    drive(main())


def test_a_viewer_is_told_first_what_it_looks_at_and_then_the_newest(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path)
        for body in (b'{"n":1}', b'{"n":2}'):
            for topic in (TOPICS.state, TOPICS.health, TOPICS.config, TOPICS.event):
                say(opened, topic, body)
        say(opened, TOPICS.availability, b"online")
        say(opened, TOPICS.result("set"), b"{}")
        async with opened.running(), opened.viewer() as looks:
            kind, hello = await looks.next()
            assert kind == "hello"
            assert (hello["device"], hello["name"], hello["mirror"]) == (
                "hallway",
                "Hallway",
                False,
            )
            assert (hello["camera_picture"], hello["mask"], hello["size"]) == (False, [], None)
            assert (len(hello["landmarks"]), hello["landmarks"][0]) == (33, "nose")
            assert [11, 12] in hello["connections"]
            told = [await looks.next() for _ in range(4)]
            assert told == [(k, {"n": 2}) for k in ("state", "health", "config", "event")]
            say(opened, TOPICS.state, b'{"n":3}')
            assert await looks.next() == ("state", {"n": 3})
            # Events are none of each other's newer version.
            for body in (b'{"n":4}', b'{"n":5}'):
                say(opened, TOPICS.event, body)
            assert [await looks.next() for _ in range(2)] == [
                ("event", {"n": 4}),
                ("event", {"n": 5}),
            ]
            mask = (((0.0, 0.0), (0.5, 0.0), (0.5, 1.0)),)
            opened.page.look_at(replace(SUBJECT, name="Stairs", mirror=True, mask=mask))
            _, hello = await looks.next("hello")
            assert (hello["name"], hello["mirror"]) == ("Stairs", True)
            assert hello["mask"] == [[[0.0, 0.0], [0.5, 0.0], [0.5, 1.0]]]

    drive(main())


def test_poses_have_all_landmarks_and_are_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Pose] = []
    mqtt_has = json_format.encode

    def encode(pose: Pose) -> bytes:
        encoded.append(pose)
        return mqtt_has(pose)

    monkeypatch.setattr(json_format, "encode", encode)
    coco = View("coco17").of(SOMEBODY, 3)

    async def main() -> None:
        opened = Opened(tmp_path)
        async with opened.running():
            opened.page.see(pose_of(SOMEBODY), (SOMEBODY,), None)
            await asyncio.sleep(2 / telling.POSES)
            assert (opened.page.looked_at, encoded) == (False, [])
            async with opened.viewer() as looks, opened.viewer() as other:
                await looks.next("hello")
                await other.next("hello")
                # As it went over MQTT.
                pose = pose_of(SOMEBODY, frame=1)
                opened.page.see(pose, (SOMEBODY,), mqtt_has(pose))
                assert (await looks.pose()).frame == (await other.pose()).frame == 1
                assert encoded == []
                # As it did not: a broker that is away, or other formats, or other landmarks.
                opened.page.see(pose_of(SOMEBODY, frame=2), (SOMEBODY,), None)
                assert (await looks.pose()).frame == (await other.pose()).frame == 2
                seventeen = replace(pose_of(coco, frame=3), set="coco17")
                opened.page.see(seventeen, (SOMEBODY,), mqtt_has(seventeen))
                got = await looks.pose()
                assert (got.frame, got.set, len(got.people[0].landmarks)) == (3, "blazepose33", 33)
                assert len(encoded) == 2
                # Of several in one breath the newest.
                for frame in range(4, 9):
                    opened.page.see(pose_of(SOMEBODY, frame=frame), (SOMEBODY,), None)
                assert (await looks.pose()).frame == 8
                assert len(encoded) == 3
                size = replace(pose_of(frame=9), size=(480, 640))
                opened.page.see(size, (), None)
                assert (await looks.next("hello"))[1]["size"] == [480, 640]

    drive(main())


def test_whoever_looks_hears_of_health_more_often_than_mqtt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live_page, "LOOK_S", 0.02)
    asked: list[int] = []

    def health() -> bytes:
        asked.append(1)
        return b'{"n":%d}' % len(asked)

    async def main() -> None:
        opened = Opened(tmp_path)
        opened.page.ask_health = health
        async with opened.running():
            await asyncio.sleep(5 * live_page.LOOK_S)
            assert asked == []
            async with opened.viewer() as looks:
                assert [await looks.next("health") for _ in range(3)] == [
                    ("health", {"n": number}) for number in (1, 2, 3)
                ]

    drive(main())


def test_pictures_are_asked_for_while_somebody_looks_and_they_are_allowed(tmp_path: Path) -> None:
    async def main() -> None:
        opened = Opened(tmp_path)
        async with opened.running():
            async with opened.viewer() as looks:
                await looks.next("hello")
                opened.page.see_picture(PICTURE)
                assert set(opened.asked) == {0.0}
                opened.page.want(opened.settings(camera_picture=True))
                assert opened.asked[-1] == telling.PICTURES
                # Before the first picture.
                assert (await looks.next())[1]["camera_picture"] is True
                opened.page.see_picture(PICTURE)
                _, data = await looks.next("picture")
                assert data == b"\x07\x00\x00\x00" + PICTURE.jpeg
                opened.page.want(opened.settings())
                assert opened.asked[-1] == 0.0
                opened.page.see_picture(PICTURE)
                opened.page.see(pose_of(), (), None)
                hello, pose = await looks.next(), await looks.next()
                assert (hello[0], hello[1]["camera_picture"], pose[0]) == ("hello", False, "pose")
                opened.page.want(opened.settings(camera_picture=True))
                assert opened.asked[-1] == telling.PICTURES
            await until(lambda: opened.asked[-1] == 0.0, "nobody asks any more")

    drive(main())


def test_who_takes_nothing_is_dropped_and_nobody_waits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewer, "TAKEN_S", 1.0)
    # Which would end it, too, later.
    monkeypatch.setattr(server, "HEARTBEAT_S", 999.0)

    async def main() -> None:
        opened = Opened(tmp_path)
        async with (
            opened.running(opened.settings(camera_picture=True)),
            opened.visitor() as visitor,
            visitor.ws_connect("/live") as line,
        ):
            kept = cookies_of(visitor, opened.url)
            cookie = "; ".join(f"{name}={value}" for name, value in kept.items())
            deaf = await asyncio.to_thread(looking, opened, cookie)
            serving = opened.page._serving
            assert serving is not None
            viewers = serving.site._viewers
            await until(lambda: len(viewers) == 2, "two viewers")
            lost = list(viewers)[-1]
            held: list[int] = []
            frame = 0
            async for message in line:
                if message.data[:1] == "{" and '"pose"' not in message.data[:16]:
                    opened.page.see(pose_of(SOMEBODY), (SOMEBODY,), None)
                    continue
                frame += 1
                held.append(lost._transport.get_write_buffer_size())
                assert len(lost._waiting) <= 8
                if len(viewers) == 1:
                    break
                opened.page.see(pose_of(SOMEBODY, frame=frame), (SOMEBODY,), None)
                opened.page.see_picture(replace(PICTURE, frame=frame))
            # What it held is one picture, however many were shown to the other one.
            assert max(held) < len(PICTURE.jpeg) + 10_000
            assert frame > 20
            deaf.close()

    drive(main())
