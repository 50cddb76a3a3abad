"""The camera's picture on the page: only where the config asks for it, and then not overlooked."""

from collections.abc import Iterator

import pytest

from edgepose.vision.sources.actor import frame_time, pose_at
from tests.harness.browser import Tab
from tests.live.page.house import RATE, SCENE, SIZE, House, frame_shown, wait_drawn

pytestmark = [pytest.mark.slow]

STILL = (11, 12, 13, 15, 23, 24, 25, 26, 27, 28)
"""The joints that do not wave: a pause before this begins the scene anew, and not the frames."""

# Around each point, x and y in parts of the picture: how many dots of the person's own colour.
_INK = """
const ink = getComputedStyle(document.querySelector(".id")).backgroundColor.match(/\\d+/g);
const canvas = document.querySelector("#canvas");
const context = canvas.getContext("2d");
const r = Math.round(0.05 * canvas.height);
return args.points.map(([x, y]) => {
  const { data } = context.getImageData(x * canvas.width - r, y * canvas.height - r, 2 * r, 2 * r);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (ink.every((part, n) => Math.abs(part - data[i + n]) < 50)) found++;
  }
  return found;
});
"""
# The mean colour of the floor, of which the plain ground knows nothing: the lowest dots.
_FLOOR = """
const canvas = document.querySelector("#canvas");
const { data } = canvas.getContext("2d").getImageData(0, canvas.height - 6, canvas.width, 4);
const sums = [0, 0, 0];
data.forEach((part, i) => { if (i % 4 < 3) sums[i % 4] += part; });
return sums.map((sum) => sum / (data.length / 4));
"""


@pytest.fixture
def tab(house: House) -> Iterator[Tab]:
    """A window that was opened before the picture is on."""
    entered = house.enter()
    assert not entered.run("return page.locator('#banner').isVisible()")
    yield entered
    entered.run("await context.close()")
    house.daemon.save(house.config())


def test_it_is_under_the_skeleton_and_a_banner_says_so(tab: Tab, house: House) -> None:
    assert tab.run("return seen.sockets[0].pictures") == []
    house.daemon.save(house.config(camera_picture=True))
    tab.run("await page.getByRole('alert').waitFor()")
    banner = tab.run("return page.locator('#banner').boundingBox()")
    assert banner["y"] == 0
    assert banner["width"] == 1280
    assert "picture is on" in tab.text("#banner")
    # It stays in sight.
    tab.run("await page.mouse.wheel(0, 400); await page.waitForFunction(() => scrollY > 100)")
    assert tab.run("return page.locator('#banner').boundingBox()")["y"] == 0
    tab.wait("/the camera's picture/.test(canvas.ariaLabel)")
    tab.run("await page.locator('#hold').click()")
    frame = frame_shown(tab)
    assert frame in tab.run("return seen.sockets[0].pictures")
    # Brown planks, and the person on them as in this very picture.
    red, green, blue = tab.evaluate(_FLOOR)
    assert red > green + 10 > blue + 20
    (joints,) = pose_at(SCENE, frame_time(frame, RATE), SIZE)
    points = [(x, y) for x, y, seen in joints[[*STILL]].tolist() if seen]
    assert min(tab.evaluate(_INK, points=points)) > 5
    tab.run("await page.locator('#hold').click()")
    house.daemon.save(house.config())
    tab.run("await page.locator('#banner').waitFor({ state: 'hidden' })")
    tab.wait("/a plain ground/.test(canvas.ariaLabel)")
    had = len(tab.run("return seen.sockets[0].pictures"))
    shown = frame_shown(tab)
    tab.wait(
        "+document.querySelector('#caption').textContent.match(/frame (\\d+)/)[1] > args.frame",
        frame=shown + 5,
    )
    wait_drawn(tab)
    assert len(tab.run("return seen.sockets[0].pictures")) == had
    red, green, blue = tab.evaluate(_FLOOR)
    assert max(red, green, blue) - min(red, green, blue) < 4
    assert tab.run("return seen.errors") == []
