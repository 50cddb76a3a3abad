"""What is counted of a process's answers, with answers made up and a process that is this one."""

import asyncio
import os

import pytest

from edgepose.bench.watch import FEWEST, Failed, Watch, Window

BEGIN_NS = 1_000_000_000_000
MS = 1_000_000


def watch(workers: int = 1, seconds: float = 1.0, warm_up_s: float = 0.5) -> Watch:
    made = Watch(Window(warm_up_s, seconds, 0.0, lambda _fraction: None), workers)
    made.pid = os.getpid()
    return made


async def finished(watched: Watch) -> bool:
    """Whether it has all it wants: it does not wait for the process then."""
    never: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    await asyncio.wait_for(watched.run(never), 10)
    return not never.done()


def test_the_warm_up_does_not_count() -> None:
    watched = watch()
    # Slow at first, as it is while everything is loaded.
    for at in (0, 200, 400, *range(500, 2000, 20)):
        watched.answer(BEGIN_NS + at * MS, people=1)
    assert asyncio.run(finished(watched))
    found = watched.numbers()
    assert found.frames == 50
    assert found.frames_per_s == pytest.approx(50)
    assert found.delay_ms == found.delay_p95_ms == 20


def test_with_two_workers_a_frame_is_handed_over_two_answers_before_its_own() -> None:
    watched = watch(workers=2)
    for at in range(0, 2000, 20):
        watched.answer(BEGIN_NS + at * MS, people=1)
    found = watched.numbers()
    assert found.frames_per_s == pytest.approx(50)
    assert found.delay_ms == 40


def test_answers_that_overtake_each_other_are_told_from_the_one_that_made_room() -> None:
    watched = watch(workers=2)
    for at in range(0, 2000, 40):
        # In the order of frames: the second of each pair was faster.
        watched.answer(BEGIN_NS + (at + 30) * MS, people=1)
        watched.answer(BEGIN_NS + (at + 10) * MS, people=1)
    assert set(watched.numbers().delays_ms) == {20, 60}


def test_a_slow_machine_is_measured_for_longer() -> None:
    watched = watch(seconds=1.0)
    for at in range(0, 20):
        watched.answer(BEGIN_NS + at * 1000 * MS, people=1)
    found = watched.numbers()
    assert found.frames == FEWEST
    assert found.frames_per_s == pytest.approx(1)


def test_an_engine_that_sees_nobody_gives_no_numbers() -> None:
    watched = watch()
    for at in range(0, 2000, 20):
        watched.answer(BEGIN_NS + at * MS, people=0)
    with pytest.raises(Failed, match="it saw somebody in 0 of 50 pictures of a person"):
        watched.numbers()


def test_the_end_of_the_process_ends_the_wait() -> None:
    async def main() -> None:
        over: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        over.set_result(-6)
        await asyncio.wait_for(watch().run(over), 10)

    asyncio.run(main())
