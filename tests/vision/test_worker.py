"""Workers on one slot, with engines that do as they are told: what is sent, counted and said.

Slot, order, link, page and outcome are the real ones. The real engines: tests/whole/test_workers.
"""

import os
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
import pytest

from edgepose.errors import EX_SOFTWARE
from edgepose.messages import observation
from edgepose.messages.control import Stop
from edgepose.messages.observation import MAX_PACKET, SEND_BUFFER, Event, Observation
from edgepose.messages.page import Page
from edgepose.messages.pose import Landmark, Person
from edgepose.vision.engines import Answer, EngineLost, FrameRefused, Result
from edgepose.vision.frame import Frame, Image
from edgepose.vision.link import Link
from edgepose.vision.order import Order
from edgepose.vision.outcome import Outcome
from edgepose.vision.pictures import Pictures
from edgepose.vision.sender import Sender, SharedSmoothing
from edgepose.vision.slot import Slot
from edgepose.vision.worker import Refusals, Worker
from tests.harness.wait import wait_for

LIMIT_S = 20
FIRST_FRAME = 1000
LOST, REFUSED, BROKEN = 255, 254, 253
"""Shades of pictures at which an engine stops for good, will not look, answers with rubbish."""


def somebody(x: float) -> Person:
    return Person(tuple(Landmark(x, 0.5 + i / 100, 0.0, 0.9, 0.9) for i in range(33)))


@dataclass
class Told:
    """An engine that answers when it may: `may` is set from the start, or by the test."""

    may: threading.Event = field(default_factory=threading.Event)
    looked_at: list[int] = field(default_factory=list)
    started_before_read: list[bool] = field(default_factory=list)
    x: float = 0.5
    _unread: int = 0
    _shade: int = 0

    def start(self, image: Image, captured_ns: int) -> None:
        self._shade = int(image[0, 0, 0])
        if self._shade == REFUSED:
            raise FrameRefused("too pale")
        self.started_before_read.append(self._unread > 0)
        self.looked_at.append(captured_ns)

    def answer(self) -> Answer:
        assert self.may.wait(LIMIT_S)
        if self._shade == LOST:
            raise EngineLost("no answer")
        self._unread += 1
        shade, answered_ns = self._shade, 7_000 + self.looked_at[-1]

        def read() -> Result:
            self._unread -= 1
            if shade == BROKEN:
                raise ValueError("rubbish")
            return Result((somebody(self.x),), answered_ns)

        return Answer(answered_ns, read)

    def close(self) -> None:
        pass


class Crew:
    """Workers, all that stands around them, and the daemon's end of the link."""

    def __init__(self, *engines: Told, send_buffer: int) -> None:
        self.daemon, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.daemon.settimeout(LIMIT_S)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)
        fd = Page.create()
        self.page = Page(fd)
        os.close(fd)
        self.link = Link(ours)
        self._ours = ours
        self.slot: Slot[Frame] = Slot()
        self.outcome = Outcome(self.link, self.slot, len(engines))
        pictures = Pictures(self.link, self.page)
        sender = Sender(self.link, self.page, pictures, first_frame=FIRST_FRAME, smoothing=None)
        order: Order[Result] = Order(self.slot, len(engines), sender.send)
        refusals = Refusals(self.page, self.link.tell)
        self.workers = [
            Worker(e, order, self.page, refusals, number=i, on_end=self._ended)
            for i, e in enumerate(engines)
        ]
        self._number = 0
        for worker in self.workers:
            worker.start()

    def _ended(self, error: Exception | None) -> None:
        self.outcome.worker_ended(error)
        if error is not None:
            # As the main thread does when it is interrupted.
            self.slot.close()

    def show(self, *shades: int) -> None:
        """Frames of these shades, each put when the one before is taken."""
        for shade in shades:
            image = np.full((9, 16, 3), shade, np.uint8)
            frame = Frame(image, self._number, 10**9 + self._number * 33_000_000)
            self.page.count("captured")
            assert self.slot.put_wait(frame) is None
            self._number += 1

    def said(self) -> tuple[list[Observation], list[Event]]:
        """All that is said until the workers are gone."""
        for worker in self.workers:
            worker.join(LIMIT_S)
            assert not worker.is_alive()
        self.outcome.conclude()
        self._ours.close()
        packets: list[Observation | Event] = []
        while packet := self.daemon.recv(MAX_PACKET):
            packets.append(observation.decode(packet))
        return (
            [p for p in packets if isinstance(p, Observation)],
            [p for p in packets if isinstance(p, Event)],
        )

    def close(self) -> None:
        self.slot.close()
        self.daemon.close()
        self._ours.close()
        self.page.close()


Hire = Callable[..., Crew]


@pytest.fixture
def hire() -> Iterator[Hire]:
    """Makes a crew."""
    crews: list[Crew] = []

    def make(*engines: Told, send_buffer: int = 10 * SEND_BUFFER) -> Crew:
        crews.append(Crew(*engines, send_buffer=send_buffer))
        return crews[-1]

    yield make
    for crew in crews:
        crew.close()


def free() -> Told:
    """An engine that answers at once."""
    engine = Told()
    engine.may.set()
    return engine


def numbers(seen: list[Observation]) -> list[int]:
    return [one.frame - FIRST_FRAME for one in seen]


def unexplained(page: Page, observed: int) -> int:
    counters = page.counters()
    return 2 * counters["captured"] - sum(counters.values()) - observed


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_all_frames_are_sent_in_order_and_the_end_is_told_once(hire: Hire, workers: int) -> None:
    crew = hire(*[free() for _ in range(workers)])
    # No more than the link takes while nobody reads.
    crew.show(*range(12))
    crew.slot.close()
    seen, events = crew.said()
    assert numbers(seen) == list(range(12))
    assert [event.name for event in events] == ["ended"]
    assert crew.outcome.code == 0
    assert [worker.name for worker in crew.workers] == [f"worker-{i}" for i in range(workers)]
    assert crew.page["answered_frame"] == FIRST_FRAME + 11
    assert crew.page["answered_ns"] == 7_000 + 10**9 + 11 * 33_000_000
    assert seen[3].size == (16, 9)
    assert seen[3].captured_ns == 10**9 + 3 * 33_000_000
    assert seen[3].answered_ns == seen[3].captured_ns + 7_000


def test_the_next_frame_is_started_before_the_answer_is_read(hire: Hire) -> None:
    engine = Told()
    crew = hire(engine)
    crew.show(1, 2)
    engine.may.set()
    crew.slot.close()
    crew.said()
    assert engine.started_before_read == [False, True]


def test_an_answer_waits_for_the_slower_worker(hire: Hire) -> None:
    slow, quick = Told(), Told()
    crew = hire(slow, quick)
    crew.show(0)
    wait_for(lambda: slow.looked_at or quick.looked_at, LIMIT_S, "a frame that was taken")
    if quick.looked_at:
        slow, quick = quick, slow
    quick.may.set()
    crew.show(1)
    wait_for(lambda: quick.looked_at, LIMIT_S, "a second one")
    assert crew.page["answered_frame"] == 0
    slow.may.set()
    crew.slot.close()
    seen, _ = crew.said()
    assert numbers(seen) == [0, 1]


def test_refused_frames_are_not_waited_for_and_said_once(
    hire: Hire, caplog: pytest.LogCaptureFixture
) -> None:
    crew = hire(free(), free())
    crew.show(1, REFUSED, 2, REFUSED, REFUSED, 3)
    crew.slot.close()
    seen, events = crew.said()
    assert numbers(seen) == [0, 2, 5]
    assert crew.page["refused"] == 3
    assert [event.name for event in events] == ["refuses", "ended"]
    assert events[0].detail == {"message": "too pale"}
    assert caplog.text.count("too pale") == 1


@pytest.mark.parametrize("workers", [1, 2])
def test_a_lost_engine_ends_the_process_and_the_others_finish(hire: Hire, workers: int) -> None:
    engines = [Told() for _ in range(workers)]
    crew = hire(*engines)
    crew.show(LOST, *range(workers - 1))
    wait_for(lambda: all(e.looked_at for e in engines), LIMIT_S, "a frame for each")
    for engine in engines:
        engine.may.set()
    # The main thread is woken, and sees to it that no more frames come.
    assert isinstance(crew.link.receive(), Stop)
    seen, events = crew.said()
    assert numbers(seen) == list(range(1, workers))
    assert crew.page["engine_lost"] == 1
    assert unexplained(crew.page, len(seen)) == 0
    assert [(e.name, e.detail) for e in events] == [
        ("failed", {"part": "engine", "message": "no answer"})
    ]
    assert crew.outcome.code == EX_SOFTWARE


def test_two_lost_engines_are_told_once_and_counted_twice(hire: Hire) -> None:
    engines = Told(), Told()
    crew = hire(*engines)
    crew.show(LOST, LOST)
    wait_for(lambda: all(e.looked_at for e in engines), LIMIT_S, "a frame for each")
    for engine in engines:
        engine.may.set()
    seen, events = crew.said()
    assert seen == []
    assert crew.page["engine_lost"] == 2
    assert [event.name for event in events] == ["failed"]


def test_a_defect_of_one_worker_does_not_hold_the_others(hire: Hire) -> None:
    """Its frames are in flight for ever, so the daemon books them as crashed."""
    engines = Told(), Told()
    crew = hire(*engines)
    crew.show(BROKEN, 1)
    wait_for(lambda: all(e.looked_at for e in engines), LIMIT_S, "a frame for each")
    for engine in engines:
        engine.may.set()
    crew.slot.close()
    seen, events = crew.said()
    assert numbers(seen) == [1]
    assert events[0].detail["message"] == "ValueError: rubbish"
    assert unexplained(crew.page, len(seen)) == 1


def test_a_loss_is_told_while_another_worker_hangs(hire: Hire) -> None:
    lost, hangs = Told(), Told()
    crew = hire(lost, hangs)
    crew.show(LOST, LOST)
    wait_for(lambda: lost.looked_at and hangs.looked_at, LIMIT_S, "a frame for each")
    lost.may.set()
    wait_for(lambda: not crew.workers[0].is_alive(), LIMIT_S, "the end of one worker")
    assert crew.outcome.conclude() == EX_SOFTWARE
    packet = observation.decode(crew.daemon.recv(MAX_PACKET))
    assert isinstance(packet, Event)
    assert packet.name == "failed"
    hangs.may.set()
    _, events = crew.said()
    assert events == []


def test_what_finds_no_room_is_counted_and_the_end_waits_for_room(hire: Hire) -> None:
    crew = hire(free(), free(), send_buffer=SEND_BUFFER)
    crew.show(*[0] * 400)
    crew.slot.close()
    wait_for(lambda: sum(crew.page.counters().values()) > 780, LIMIT_S, "a full link")
    seen, events = [], 0
    while not events:
        packet = observation.decode(crew.daemon.recv(MAX_PACKET))
        if isinstance(packet, Observation):
            seen.append(packet)
        else:
            events += 1
    assert crew.page["link_full"] == 400 - len(seen)
    assert all(a < b for a, b in pairwise(numbers(seen)))


@pytest.mark.parametrize("smoothing", [None, SharedSmoothing(2)])
def test_one_filter_smooths_what_two_engines_saw(smoothing: SharedSmoothing | None) -> None:
    """They see the person at two places; smoothed in one stream, he stands nearly still."""
    daemon, ours = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    fd = Page.create()
    page = Page(fd)
    os.close(fd)
    link = Link(ours)
    sender = Sender(link, page, Pictures(link, page), first_frame=0, smoothing=smoothing)
    places = []
    with daemon, ours:
        for number in range(20):
            frame = Frame(np.zeros((9, 16, 3), np.uint8), number, number * 33_000_000)
            sender.send(frame, Result((somebody(0.5 + number % 2 / 1000),), 1))
            packet = observation.decode(daemon.recv(MAX_PACKET))
            assert isinstance(packet, Observation)
            places.append(packet.people[0].landmarks[11].x)
    page.close()
    jumps = [abs(a - b) for a, b in pairwise(places)]
    assert (max(jumps) < 0.0005) == (smoothing is not None)
    assert min(jumps) > 0
