"""Idle while nothing moves, full rate from the very frame in which something does."""

import itertools
import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from edgepose.messages.control import SetRate
from edgepose.messages.page import Page
from edgepose.vision.attention import HOLD_S, LOOKS, Attention
from edgepose.vision.glance import Glance

BOOT_NS = 5_000_000_000_000
ROOM: Glance = np.full((60, 80), 120, np.uint8)
SOMEBODY: Glance = ROOM.copy()
SOMEBODY[20:50, 0:3] = 40
SETTLED = 300
"""Frames after which the room is known and the motion of getting to know it is over, at 30/s."""


class Camera:
    """An even row of frames, each of which `attention` is asked about."""

    def __init__(self, attention: Attention, rate: float = 30.0) -> None:
        self._attention = attention
        self._rate = rate
        self._stamps = (BOOT_NS + round(n * 1e9 / rate) for n in itertools.count())
        self.looked: list[int] = []
        self.taken: list[int] = []
        self.number = 0

    def show(self, glance: Glance, frames: int) -> list[int]:
        """The numbers of those frames, of so many that show this, which an engine gets."""
        for number in range(self.number, self.number + frames):
            captured_ns = next(self._stamps)
            if self._attention.wants(captured_ns) and self._attention.looks:
                self.looked.append(number)
                self._attention.see(glance, captured_ns)
            if self._attention.takes:
                self.taken.append(number)
        self.number += frames
        return [number for number in self.taken if number >= self.number - frames]


def idling(page: Page, camera: float = 30.0, rate: float = 30.0) -> tuple[Attention, Camera]:
    """An attention that idles."""
    attention = Attention(rate, page)
    attention.set_rate(SetRate(rate, 3))
    shown = Camera(attention, camera)
    shown.show(ROOM, round(SETTLED * camera / 30))
    return attention, shown


def test_an_empty_room_is_looked_at_three_times_a_second(page: Page) -> None:
    _, camera = idling(page)
    assert len(camera.show(ROOM, 300)) == 30
    assert page["aim_mhz"] == 3000


def test_without_an_idle_rate_it_never_idles(page: Page) -> None:
    camera = Camera(Attention(30, page))
    assert len(camera.show(ROOM, 600)) == 600
    assert page["aim_mhz"] == 30_000


@pytest.mark.parametrize("idle_frames", range(10))
@pytest.mark.parametrize("rate", [10, 30])
def test_motion_hands_the_very_frame_on(page: Page, rate: float, idle_frames: int) -> None:
    _, camera = idling(page, rate=rate)
    camera.show(ROOM, idle_frames)
    taken = camera.show(SOMEBODY, 60)
    first = next(number for number in camera.looked if number >= SETTLED + idle_frames)
    assert first - SETTLED - idle_frames <= 1
    assert first in taken
    after = [number for number in taken if number >= first]
    assert {b - a for a, b in itertools.pairwise(after)} == {30 / rate}
    assert page["aim_mhz"] == 1000 * rate


def test_it_idles_again_some_seconds_after_the_last_motion(page: Page) -> None:
    _, camera = idling(page)
    camera.show(SOMEBODY, 15)
    camera.show(ROOM, 30)
    assert len(camera.show(ROOM, round(30 * (HOLD_S - 2)))) == round(30 * (HOLD_S - 2))
    camera.show(ROOM, 60)
    assert len(camera.show(ROOM, 300)) == 30


def test_the_daemon_s_word_holds_from_the_next_frame_on(page: Page) -> None:
    attention, camera = idling(page)
    attention.set_rate(SetRate(30))
    assert len(camera.show(ROOM, 30)) >= 29
    attention.set_rate(SetRate(10))
    assert len(camera.show(ROOM, 30)) == 10


def test_stamps_that_go_back_do_not_hold_it_at_full_rate(page: Page) -> None:
    attention, camera = idling(page)
    camera.show(SOMEBODY, 2)
    again = Camera(attention)
    again.show(ROOM, 30)
    assert len(again.show(ROOM, 300)) == 30


@settings(deadline=None, max_examples=30)
@given(st.floats(1, 120))
def test_so_many_frames_are_looked_at_and_every_one_of_a_slow_camera(camera: float) -> None:
    fd = Page.create()
    page = Page(fd)
    os.close(fd)
    _, shown = idling(page, camera=camera)
    before = len(shown.looked)
    shown.show(ROOM, round(10 * camera))
    least = min(LOOKS * 10, round(10 * camera))
    assert least - 1 <= len(shown.looked) - before <= least + 2
    page.close()
