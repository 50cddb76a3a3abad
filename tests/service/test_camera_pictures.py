"""The camera's pictures, from a real vision process over the real link: what comes, and what does
not."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from edgepose.messages.control import AllowPictures, AskPictures, AskStill
from edgepose.messages.observation import Observation
from edgepose.messages.picture import Picture
from edgepose.service.counters import Fate
from edgepose.service.vision_run import VisionRun
from tests.service.test_vision import drive, supervised, until, wished


@pytest.mark.slow
def test_they_come_as_they_are_asked_for(model_full: Path) -> None:
    """Behind the observation of the same frame, with its number; no more once none is asked for,
    and a process that takes another's place goes on with them."""

    async def main() -> None:
        came: list[Picture] = []
        observed: list[int] = []
        at: dict[int, bool] = {}

        def take(picture: Picture) -> None:
            came.append(picture)
            at[picture.frame] = picture.frame in observed

        def see(observation: Observation) -> Fate:
            observed.append(observation.frame)
            return "published"

        async with supervised(wished(model_full, rotation=90)) as vision:
            vision.on_picture = take
            vision._on_observation = see
            vision.allow_pictures(live=True, still=True)
            vision.ask_pictures(30)
            await until(lambda: len(came) >= 3)
            assert all(at.values()), (at, observed)
            image = cv2.imdecode(np.frombuffer(came[0].jpeg, np.uint8), cv2.IMREAD_COLOR)
            # The actor's 320 x 240, turned.
            assert image is not None
            assert image.shape[:2] == (320, 240)
            assert came[0].size == (240, 320)
            vision.ask_pictures(0)
            still = await vision.still()
            assert still is not None
            assert still.still
            had = len(came)
            vision.ask_pictures(10)
            assert await vision.restart(10)
            await until(lambda: len(came) >= had + 2)

    drive(main())


@pytest.mark.slow
def test_none_is_made_that_is_not_asked_for_or_not_allowed(model_full: Path) -> None:
    async def main() -> None:
        async with supervised(wished(model_full)) as vision:

            def run() -> VisionRun:
                assert vision._run is not None
                return vision._run

            async def looked_at(frames: int) -> None:
                had = run().received
                await until(lambda: run().received >= had + frames)

            await until(lambda: vision._run is not None and vision._run.received)
            came: list[Picture] = []
            vision.on_picture = came.append
            # The vision process itself refuses, whatever the daemon says.
            run().send(AskPictures(30))
            run().send(AskStill())
            vision.ask_pictures(30)
            assert await vision.still() is None
            await looked_at(5)
            assert run().page["pictures"] == 0
            vision.ask_pictures(0)
            vision.allow_pictures(live=True, still=True)
            await looked_at(5)
            assert run().page["pictures"] == 0
            assert (await vision.still()) is not None
            await looked_at(3)
            assert run().page["pictures"] == 1
            # What was asked for before it was forbidden is forgotten.
            vision.ask_pictures(30)
            await until(lambda: came)
            vision.allow_pictures(live=False, still=False)
            await looked_at(3)
            made = run().page["pictures"]
            del came[:]
            run().send(AllowPictures(live=True, still=True))
            await looked_at(5)
            assert run().page["pictures"] == made
            assert came == []

    drive(main())


@pytest.mark.slow
@pytest.mark.parametrize("masked", [False, True])
def test_nothing_of_a_mask_gets_out(model_full: Path, masked: bool) -> None:
    """Neither the person who stands in it nor a pixel of it."""
    middle = ((0.2, 0.0), (0.8, 0.0), (0.8, 1.0), (0.2, 1.0))
    people: list[int] = []

    def see(observation: Observation) -> Fate:
        people.append(len(observation.people))
        return "published"

    async def main() -> np.ndarray[Any, Any]:
        wish = wished(model_full, scene="standing", mask=(middle,) if masked else ())
        async with supervised(wish) as vision:
            vision._on_observation = see
            vision.allow_pictures(live=True, still=True)
            await until(lambda: len(people) >= 5)
            still = await vision.still()
            assert still is not None
            return cv2.imdecode(np.frombuffer(still.jpeg, np.uint8), cv2.IMREAD_COLOR)  # type: ignore[return-value]

    image = drive(main())
    assert image.shape == (240, 320, 3)
    assert set(people) == ({0} if masked else {1})
    # JPEG may leave a shimmer.
    assert (image[:, 72:248].max() < 16) == masked
    assert image[:, :56].min() > 16
