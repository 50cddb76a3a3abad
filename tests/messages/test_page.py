"""The shared page: what one process counted, another reads, whatever became of the first."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from itertools import cycle, islice

import pytest

from edgepose.messages.page import COUNTERS, Page
from tests.harness.wait import wait_for

WRITER = """
import sys
from edgepose.messages.page import Page
page = Page(int(sys.argv[1]))
{body}
"""
COUNT_AND_STAY = """
for _ in range(12345):
    page.count("captured")
for _ in range(345):
    page.count("busy")
page.sign("captured_ns", 2**63 + 5)
print("done", flush=True)
sys.stdin.read()
"""
COUNT_FOR_EVER = """
while True:
    page.count("captured")
    page.count("link_full")
"""


@pytest.fixture
def fd() -> Iterator[int]:
    """A new page."""
    number = Page.create()
    yield number
    os.close(number)


@pytest.fixture
def page(fd: int) -> Iterator[Page]:
    """The reader's mapping of it."""
    mapped = Page(fd)
    yield mapped
    mapped.close()


def writer(fd: int, body: str) -> subprocess.Popen[bytes]:
    """Another process that maps the page and does `body`."""
    return subprocess.Popen(
        [sys.executable, "-c", WRITER.format(body=body), str(fd)],
        pass_fds=(fd,),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )


def kill(process: subprocess.Popen[bytes]) -> None:
    """SIGKILL, and nothing of it is left."""
    with process:
        process.kill()
    assert process.returncode == -signal.SIGKILL


def test_a_new_page_is_all_zeros(page: Page) -> None:
    assert page.counters() == dict.fromkeys(COUNTERS, 0)
    assert (page["captured_ns"], page["answered_ns"], page["answered_frame"]) == (0, 0, 0)


def test_each_name_has_a_place_of_its_own(page: Page) -> None:
    for times, name in enumerate(COUNTERS, 1):
        for _ in range(times):
            page.count(name)
    page.sign("captured_ns", 100)
    page.sign("answered_ns", 101)
    page.sign("answered_frame", 2**64 - 1)
    assert page.counters() == {name: times for times, name in enumerate(COUNTERS, 1)}
    assert (page["captured_ns"], page["answered_ns"]) == (100, 101)
    assert page["answered_frame"] == 2**64 - 1


def test_what_was_counted_outlives_a_sigkill(fd: int, page: Page) -> None:
    process = writer(fd, COUNT_AND_STAY)
    assert process.stdout is not None
    assert process.stdout.readline() == b"done\n"
    kill(process)
    assert page.counters() == {**dict.fromkeys(COUNTERS, 0), "captured": 12345, "busy": 345}
    assert page["captured_ns"] == 2**63 + 5


def test_a_reader_never_sees_an_outcome_without_its_frame(fd: int, page: Page) -> None:
    process = writer(fd, COUNT_FOR_EVER)
    try:
        wait_for(lambda: page["captured"], 10, "a first frame")
        for _ in range(20_000):
            counters = page.counters()
            assert counters["link_full"] <= counters["captured"]
    finally:
        kill(process)
    counters = page.counters()
    # Killed between two counts or behind both.
    assert counters["captured"] - counters["link_full"] in (0, 1)
    assert counters["link_full"] > 1000


def test_threads_lose_no_count(page: Page) -> None:
    each, threads = 20_000, 4
    start = threading.Barrier(threads)

    def count(first: int) -> None:
        start.wait(10)
        for name in islice(cycle(COUNTERS), first, first + each):
            page.count(name)

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        workers = [threading.Thread(target=count, args=(i,)) for i in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join(30)
    finally:
        sys.setswitchinterval(before)
    assert sum(page.counters().values()) == each * threads
