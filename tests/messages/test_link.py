"""The packets between the vision process and the daemon, over the socket that they use."""

import json
import os
import socket
from array import array
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edgepose.messages import control, observation, picture
from edgepose.messages.control import (
    AllowPictures,
    AskPictures,
    AskStill,
    Command,
    Configure,
    SetRate,
    Stop,
)
from edgepose.messages.observation import (
    MAX_PACKET,
    MAX_PEOPLE,
    OF_OBSERVATIONS,
    SEND_BUFFER,
    Event,
    Observation,
)
from edgepose.messages.picture import Picture
from edgepose.messages.pose import Landmark, Person, WorldLandmark
from edgepose.vision.link import Link
from tests.messages.poses import MANY, QUICK, observations, seen

CONFIGURE = Configure(
    source="uri",
    scene="waving",
    camera=1,
    uri="films/street.mp4",
    loop=True,
    size=(640, 480),
    rate=30.0,
    field_of_view="fastest",
    controls={"AfMode": "Continuous", "Brightness": 0.5},
    rotation=90,
    engine="mediapipe",
    workers=2,
    threads=1,
    model="models/pose_landmarker_full.task",
    num_poses=2,
    min_pose_detection_confidence=0.5,
    min_pose_presence_confidence=0.6,
    min_tracking_confidence=0.7,
    output_segmentation_masks=False,
    world=True,
    mask=(((0.0, 0.0), (0.5, 0.0), (0.0, 1.0)), ((0.25, 0.25), (1.0, 0.25), (1.0, 1.0))),
    first_frame=2**40,
)
SEEN = Observation(7, 1_000_000_007, 1_041_000_009, (640, 480), (seen("waving"),))


@contextmanager
def link() -> Iterator[tuple[socket.socket, socket.socket]]:
    """The daemon's end and the vision process's, which does not wait for room."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        theirs.setblocking(False)
        ours.settimeout(10)
        yield ours, theirs


def as_f32(person: Person) -> Person:
    """What a person becomes who crosses the link, which carries 32-bit numbers."""
    return Person(
        landmarks=tuple(Landmark(*array("f", row)) for row in person.landmarks),
        world=tuple(WorldLandmark(*array("f", row)) for row in person.world),
    )


@QUICK
@given(observations())
def test_an_observation_crosses(sent: Observation) -> None:
    with link() as (ours, theirs):
        theirs.send(observation.encode_observation(sent))
        got = observation.decode(ours.recv(MAX_PACKET))
    assert got == replace(sent, people=tuple(as_f32(p) for p in sent.people))


def test_frame_numbers_wrap_at_32_bits() -> None:
    got = observation.decode(observation.encode_observation(replace(SEEN, frame=2**32 + 3)))
    assert isinstance(got, Observation)
    assert got.frame == 3


@pytest.mark.parametrize(
    "event",
    [
        Event("ready", {"engine": "mediapipe"}),
        Event("ended"),
        Event("failed", {"part": "camera", "message": "no camera: näh"}),
    ],
)
def test_an_event_crosses(event: Event) -> None:
    with link() as (ours, theirs):
        theirs.send(observation.encode_event(event))
        assert observation.decode(ours.recv(MAX_PACKET)) == event


@pytest.mark.parametrize(
    "command",
    [
        CONFIGURE,
        SetRate(12.5),
        SetRate(0),
        AllowPictures(live=True, still=False),
        AskPictures(5),
        AskStill(),
        Stop(),
    ],
)
def test_a_command_crosses(command: Command) -> None:
    with link() as (ours, theirs):
        ours.send(control.encode(command))
        assert control.decode(theirs.recv(MAX_PACKET)) == command


def test_as_many_people_as_there_may_be_fit_into_one_packet() -> None:
    crowd = replace(SEEN, people=SEEN.people * MAX_PEOPLE)
    with link() as (ours, theirs):
        theirs.send(observation.encode_observation(crowd))
        got = observation.decode(ours.recv(MAX_PACKET))
    assert isinstance(got, Observation)
    assert MAX_PEOPLE == 10
    assert len(got.people) == 10
    assert all(len(p.landmarks) == len(p.world) == 33 for p in got.people)


def test_of_more_people_the_first_cross() -> None:
    others = (replace(SEEN.people[0], landmarks=SEEN.people[0].landmarks[::-1]),)
    crowd = replace(SEEN, people=SEEN.people * MAX_PEOPLE + others)
    got = observation.decode(observation.encode_observation(crowd))
    assert isinstance(got, Observation)
    assert got.people == (as_f32(SEEN.people[0]),) * MAX_PEOPLE


def sent_until_full(theirs: socket.socket, packet: bytes) -> int:
    """How many packets find room while nobody reads."""
    for number in range(1000):
        try:
            theirs.send(packet)
        except BlockingIOError:
            return number
    raise AssertionError("the link is never full")


def test_about_a_dozen_packets_wait_and_then_there_is_no_room() -> None:
    packet = observation.encode_observation(SEEN)
    with link() as (ours, theirs):
        waiting = sent_until_full(theirs, packet)
        # 30 poses a second: what waits is less than the half second that makes a pose stale.
        assert 4 <= waiting <= 15
        for _ in range(waiting):
            assert ours.recv(MAX_PACKET) == packet
        theirs.send(packet)


def test_world_landmarks_cross_only_if_everybody_has_them() -> None:
    without = replace(SEEN.people[0], world=())
    for people in [(SEEN.people[0], without), (without, SEEN.people[0])]:
        packet = observation.encode_observation(replace(SEEN, people=people))
        got = observation.decode(packet)
        assert isinstance(got, Observation)
        assert [p.world for p in got.people] == [(), ()]


# What nobody sent.


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\0",
        b"\3" + bytes(40),
        b"\1",
        b"\1" + bytes(26),
        observation.encode_observation(SEEN)[:-1],
        observation.encode_observation(SEEN) + b"\0",
        b"\2",
        b"\2{",
        b"\2[]",
        b"\2null",
        b'\2["event"]',
        b'\2{"part":"camera"}',
        b'\2{"event":"exploded"}',
        b'\2{"event":["ready"]}',
        b"\2\xff",
        b"\2" + b"[" * 100_000,
    ],
    ids=lambda packet: repr(packet[:24]),
)
def test_an_unknown_packet_for_the_daemon_is_a_value_error(packet: bytes) -> None:
    with pytest.raises(ValueError, match="on the link"):
        observation.decode(packet)


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"{",
        b"[]",
        b"7",
        b"null",
        b"\xff",
        b"{}",
        b'{"command":null}',
        b'{"command":["stop"]}',
        b'{"command":"explode"}',
        b'{"command":"set_rate"}',
        b'{"command":"set_rate","rate":1,"more":2}',
        b'{"command":"stop","size":5}',
        b'{"command":"configure","size":[640,480]}',
        json.dumps({**json.loads(control.encode(CONFIGURE)), "size": None}).encode(),
        b"[" * 100_000,
    ],
    ids=lambda packet: repr(packet[:24]),
)
def test_an_unknown_packet_for_the_vision_process_is_a_value_error(packet: bytes) -> None:
    with pytest.raises(ValueError, match="on the link"):
        control.decode(packet)


def outcome(packet: bytes) -> Observation | Event | ValueError:
    try:
        return observation.decode(packet)
    except ValueError as error:
        return error


@MANY
@given(
    st.sampled_from(
        [observation.encode_observation(SEEN), observation.encode_event(Event("ended"))]
    ),
    st.integers(0, 2**16),
    st.binary(max_size=3),
)
def test_random_packets_are_values_or_value_errors(packet: bytes, at: int, put: bytes) -> None:
    at %= len(packet)
    result = outcome(packet[:at] + put + packet[at + 1 :])
    assert isinstance(result, Observation | Event) or "on the link" in str(result)


# Pictures.

SHOWN = Picture(7, 1_000_000_007, (640, 480), b"\xff\xd8 and so on", still=True)


def memfd(content: bytes) -> int:
    fd = os.memfd_create("tested")
    os.write(fd, content)
    return fd


def taken(ours: socket.socket) -> Picture:
    """A picture as the daemon reads it."""
    packet, fds, _flags, _ = socket.recv_fds(ours, MAX_PACKET, 1, socket.MSG_CMSG_CLOEXEC)
    assert picture.is_header(packet)
    try:
        return picture.read(packet, fds[0])
    finally:
        for fd in fds:
            os.close(fd)


def test_a_picture_crosses() -> None:
    fd = memfd(SHOWN.jpeg)
    with link() as (ours, theirs):
        assert Link(theirs).send_file(picture.encode_header(SHOWN), fd)
        assert taken(ours) == SHOWN
    os.close(fd)


@pytest.mark.parametrize("people", [0, 1, 2, 10])
def test_a_picture_takes_no_observation_s_place(people: int) -> None:
    """As many of them find room with one under way as in their own part of the buffer; and a
    second picture waits."""
    header, fd = picture.encode_header(SHOWN), memfd(SHOWN.jpeg)
    packet = observation.encode_observation(replace(SEEN, people=SEEN.people * people))
    with link() as (_ours, theirs):
        theirs.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, OF_OBSERVATIONS)
        without = sent_until_full(theirs, packet)
    with link() as (ours, theirs):
        both = Link(theirs)
        assert both.send_file(header, fd)
        assert not both.send_file(header, fd)
        assert sent_until_full(theirs, packet) >= without
        assert not both.send_file(header, fd)
        assert taken(ours) == SHOWN
        while both.send_file(header, fd) is False:
            assert ours.recv(MAX_PACKET) == packet
        # Not one was lost for it.
        assert taken(ours) == SHOWN
    os.close(fd)


@pytest.mark.parametrize(
    ("header", "content"),
    [
        (picture.encode_header(SHOWN), SHOWN.jpeg[:-1]),
        (picture.encode_header(SHOWN), b""),
        (picture.encode_header(SHOWN)[:-1], SHOWN.jpeg),
        (picture.encode_header(SHOWN) + b"\0", SHOWN.jpeg),
        (picture.encode_header(SHOWN)[:-4] + b"\xff\xff\xff\xff", SHOWN.jpeg),
        (b"\3", SHOWN.jpeg),
    ],
)
def test_a_picture_that_is_none_is_a_value_error(header: bytes, content: bytes) -> None:
    fd = memfd(content)
    with pytest.raises(ValueError, match="on the link"):
        picture.read(header, fd)
    os.close(fd)


def test_without_anybody_at_the_other_end_no_picture_is_sent() -> None:
    fd = memfd(SHOWN.jpeg)
    with link() as (ours, theirs):
        ours.close()
        assert not Link(theirs).send_file(picture.encode_header(SHOWN), fd)
    os.close(fd)
