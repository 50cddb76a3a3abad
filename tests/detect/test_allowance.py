"""Pictures in work take no more memory than they may, from reading to writing."""

import threading
from collections import deque

import numpy as np
import pytest

from edgepose.detect.allowance import Allowance
from edgepose.drawing import Picture
from tests.harness.wait import wait_for

PICTURE = np.zeros((10, 10, 3), np.uint8)


def fails() -> Picture:
    raise ValueError("damaged")


def test_what_is_too_much_waits_until_there_is_room() -> None:
    allowance = Allowance(250)
    made: list[int] = []

    def make() -> None:
        for n in range(4):
            allowance.make(100, lambda: PICTURE)
            made.append(n)

    thread = threading.Thread(target=make)
    thread.start()
    wait_for(lambda: len(made) == 2, 5, "two pictures")
    allowance.give(100)
    wait_for(lambda: len(made) == 3, 5, "the third one")
    assert thread.is_alive()
    allowance.give(100)
    thread.join()


def test_one_may_be_in_work_whatever_its_size_and_what_fails_is_not() -> None:
    allowance = Allowance(50)
    for _ in range(2):
        with pytest.raises(ValueError, match="damaged"):
            allowance.make(100, fails)
    assert allowance.make(100, lambda: PICTURE) is PICTURE


def test_nobody_waits_where_it_is_closed() -> None:
    allowance = Allowance(50)
    allowance.make(100, lambda: PICTURE)
    said: deque[str] = deque()

    def make() -> None:
        with pytest.raises(RuntimeError) as error:
            allowance.make(1, lambda: PICTURE)
        said.append(str(error.value))

    thread = threading.Thread(target=make)
    thread.start()
    allowance.close()
    thread.join()
    assert [*said] == ["nobody wants any more pictures"]
