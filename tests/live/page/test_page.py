"""What the page shows of a daemon that is at work, in a real Chromium."""

import json
import re

import pytest

from edgepose.vision.sources.actor import frame_time, pose_at
from tests.harness.browser import Tab
from tests.harness.wait import wait_for
from tests.live.page.house import (
    MASK,
    RATE,
    SCENE,
    SIZE,
    House,
    frame_shown,
    wait_drawn,
    wait_in_place,
)

pytestmark = [pytest.mark.slow]

LIMBS = (11, 12, 13, 14, 15, 16, 23, 24, 25, 26, 27, 28)
"""Shoulders, elbows, wrists, hips, knees and ankles."""
NEAR = 0.05
"""Of the picture's height: what the model is off, and half the thickness of a limb."""
Points = list[tuple[float, float]]

# How many dots of a person's colours there are around each point, x and y in parts of the picture,
# `radius` in parts of its height; null stands for the whole canvas.
_INK = """
const canvas = document.querySelector("#canvas");
const { width, height } = canvas;
const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
// Only people have colours: ground, masks and words are grey.
const coloured = (x, y) => {
  const dot = data.slice(4 * (width * y + x), 4 * (width * y + x) + 3);
  return Math.max(...dot) - Math.min(...dot) > 60;
};
const r = Math.round(args.radius * height);
return args.points.map(([x, y]) => {
  let found = 0;
  for (let j = Math.round(y * height) - r; j <= Math.round(y * height) + r; j++) {
    for (let i = Math.round(x * width) - r; i <= Math.round(x * width) + r; i++) {
      if (i >= 0 && j >= 0 && i < width && j < height && coloured(i, j)) found++;
    }
  }
  return found;
});
"""
# The dots at the edges of what is coloured, in parts of the picture: left, top, right, bottom.
_EXTENT = """
const canvas = document.querySelector("#canvas");
const { width, height } = canvas;
const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
let [left, top, right, bottom] = [1, 1, 0, 0];
for (let i = 0; i < data.length; i += 4) {
  const dot = [data[i], data[i + 1], data[i + 2]];
  if (Math.max(...dot) - Math.min(...dot) <= 60) continue;
  const [x, y] = [((i / 4) % width) / width, Math.floor(i / 4 / width) / height];
  [left, top] = [Math.min(left, x), Math.min(top, y)];
  [right, bottom] = [Math.max(right, x), Math.max(bottom, y)];
}
return [left, top, right, bottom];
"""
# Which share of the dots in a rectangle is another colour than the canvas's last dot.
_HATCHED = """
const canvas = document.querySelector("#canvas");
const [x0, y0, x1, y1] = args.area.map((part, i) =>
  Math.round(part * (i % 2 ? canvas.height : canvas.width)));
const context = canvas.getContext("2d");
const ground = context.getImageData(canvas.width - 1, canvas.height - 1, 1, 1).data;
const { data } = context.getImageData(x0, y0, x1 - x0, y1 - y0);
let found = 0;
for (let i = 0; i < data.length; i += 4) if (Math.abs(data[i] - ground[0]) > 8) found++;
return found / (data.length / 4);
"""


# The wall clock in seconds, when it was said last who is there, and since when somebody is.
_SAID = """
const said = seen.sockets.at(-1).texts.map((text) => JSON.parse(text));
const { time, people } = said.findLast(({ kind }) => kind === "state").body;
return [Date.now(), Date.parse(time), Date.parse(people?.[0]?.since)].map((ms) => ms / 1000);
"""


def hold(tab: Tab) -> None:
    tab.run("await page.getByRole('button', { name: 'Hold the picture' }).click()")


def go_on(tab: Tab) -> None:
    tab.run("await page.getByRole('button', { name: 'Go on' }).click()")


def canvas_seen(tab: Tab) -> bool:
    return bool(tab.run("return page.locator('#canvas').isVisible()"))


def truth_of(frame: int, *, mirrored: bool = False) -> list[tuple[float, float, bool]]:
    (joints,) = pose_at(SCENE, frame_time(frame, RATE), SIZE)
    return [(1 - x if mirrored else x, y, bool(seen)) for x, y, seen in joints.tolist()]


def check_drawn(tab: Tab, *, mirrored: bool = False) -> None:
    """Hold the picture, and look for each limb's joint of that very frame in it."""
    hold(tab)
    joints = truth_of(frame_shown(tab), mirrored=mirrored)
    points: Points = [joints[i][:2] for i in LIMBS if joints[i][2]]
    assert len(points) >= 10
    assert min(tab.evaluate(_INK, points=points, radius=NEAR)) > 20
    xs, ys = [x for x, _, _ in joints], [y for _, y, _ in joints]
    left, top, right, bottom = tab.evaluate(_EXTENT)
    # Nothing is drawn elsewhere; above the head is the number.
    assert abs(left - min(xs)) < NEAR
    assert abs(right - max(xs)) < NEAR
    assert abs(bottom - max(ys)) < NEAR
    assert min(ys) - 0.2 < top < min(ys)
    go_on(tab)


# These two come first: where detection was paused before, frame and scene have parted.
def test_a_skeleton_is_drawn_where_the_actor_is(tab: Tab) -> None:
    check_drawn(tab)
    assert tab.run("return seen.errors") == []


def test_mirrored_as_the_landmarks_are_and_the_mask_with_them(tab: Tab, house: House) -> None:
    here = [MASK[0][0] + 0.02, 0.02, 0.98, MASK[2][1] - 0.02]
    there = [1 - here[2], here[1], 1 - here[0], here[3]]
    assert tab.evaluate(_HATCHED, area=here) > 0.9
    assert tab.evaluate(_HATCHED, area=there) == 0
    house.command("set", {"camera.mirror": True})
    try:
        tab.wait("document.querySelector('#caption').textContent.includes('mirrored')")
        check_drawn(tab, mirrored=True)
        assert tab.evaluate(_HATCHED, area=here) == 0
        assert tab.evaluate(_HATCHED, area=there) > 0.9
    finally:
        house.command("set", {"camera.mirror": None})
    tab.wait("!document.querySelector('#caption').textContent.includes('mirrored')")


def test_who_is_there_and_since_when(tab: Tab) -> None:
    tab.wait("/Person 1/.test(document.querySelector('#people').innerText)")
    tab.wait("/There since\\s+\\d\\d:\\d\\d:\\d\\d/.test(people.innerText)")
    said = tab.text("#people")
    assert re.search(r"Posture\s+not known", said)
    assert re.search(r"Confidence\s+(9\d|100) %", said)
    assert re.search(r"In view\s+the whole body", said)
    assert tab.text("#headline") == "1 person is there"
    assert re.search(r"Person 1 entered", tab.text("#events"))
    # The same colour here and in the picture.
    same = tab.evaluate("""
        const id = getComputedStyle(document.querySelector(".id")).backgroundColor.match(/\\d+/g);
        const canvas = document.querySelector("#canvas");
        const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
        let found = 0;
        for (let i = 0; i < data.length; i += 4) {
          if (id.every((part, n) => Math.abs(part - data[i + n]) < 4)) found++;
        }
        return found;
    """)
    assert same > 300


def test_for_how_long_is_right_at_once_however_long_ago_it_was_said(tab: Tab) -> None:
    tab.wait("/There since\\s+\\d\\d:/.test(people.innerText)")

    def is_old() -> bool:
        now_s, said_s, _ = tab.run(_SAID)
        return bool(now_s - said_s > 3)

    wait_for(is_old, 10, "a message that is old")
    before_s, *_ = tab.run(_SAID)
    tab.run("await page.reload()")
    tab.wait("/There since\\s+\\d\\d:/.test(people.innerText)")
    said = tab.text("#people")
    after_s, _, since_s = tab.run(_SAID)
    right = tab.evaluate(
        "const { duration } = await import('/words.js'); return args.ages.map(duration)",
        ages=[*range(int(before_s - since_s), int(after_s - since_s) + 1)],
    )
    assert re.search(rf"There since\s+[\d:]+, ({'|'.join(right)})\n", said), (right, said)


def test_numbers_move(tab: Tab) -> None:
    def captured() -> int:
        match = re.match(r"([\d,]+) frames since the start, 0 unexplained", tab.text("#books"))
        assert match, tab.text("#books")
        return int(match[1].replace(",", ""))

    frame, frames = frame_shown(tab), captured()
    wait_for(lambda: frame_shown(tab) > frame + 5, 10, "frames")
    wait_for(lambda: captured() > frames, 10, "the books")
    tab.wait("+document.querySelector('#rates b').textContent > 1")
    assert re.fullmatch(
        r"Poses here\s+[\d.]+ /s\s+Delay\s+\d+ ms\s+Camera\s+[\d.]+ frames/s\s+"
        r"Looked at\s+[\d.]+ frames/s\s*",
        tab.text("#rates"),
    )
    tab.run("await page.getByText('All counters').click()")
    rows = tab.evaluate(
        "return [...document.querySelectorAll('#counters tr')].map((row) => row.innerText)"
    )
    assert [row.split("\t")[0] for row in rows if row.startswith(("published", "busy"))] == [
        "published with the broker",
        "busy the engine was still at work; the newest wins",
    ]


def test_a_held_picture_stands_still_and_says_so(tab: Tab, house: House) -> None:
    hold(tab)
    frame = frame_shown(tab)
    came = "return seen.sockets[0].texts.length"
    had = tab.run(came)
    wait_for(lambda: tab.run(came) > had + 10, 10, "messages")

    def check_held() -> None:
        assert tab.text("#caption").startswith("Held · ")
        assert frame_shown(tab) == frame
        assert tab.evaluate("return canvas.ariaLabel").startswith("Held: 1 person drawn as lines")
        assert canvas_seen(tab)

    check_held()
    # Words that stand for what is so now have nothing older behind them.
    house.command("pause")
    try:
        wait_in_place(tab, "Paused")
        assert not canvas_seen(tab)
    finally:
        house.command("resume")
    tab.wait("headline.innerText === '1 person is there'")
    check_held()
    house.daemon.save(house.config(enabled=False))
    try:
        wait_in_place(tab, "The live page was switched off")
        assert not canvas_seen(tab)
        assert tab.text("#link") == "not connected"
    finally:
        house.daemon.save(house.config())
    tab.wait("headline.innerText === '1 person is there'")
    check_held()
    go_on(tab)
    wait_drawn(tab)
    wait_for(lambda: frame_shown(tab) > frame, 10, "it goes on")
    assert "Held" not in tab.text("#caption")


def test_a_change_is_read_aloud_once(tab: Tab, house: House) -> None:
    told = "document.querySelector('#said')"
    tab.wait(f"{told}.textContent === '1 person is there.'")
    assert tab.evaluate(f"return [{told}.role, {told}.ariaLive]") == ["status", "polite"]
    tab.evaluate(f"""
        window.changes = 0;
        new MutationObserver(() => window.changes++)
          .observe({told}, {{ childList: true, characterData: true, subtree: true }});
    """)
    frame = frame_shown(tab)
    wait_for(lambda: frame_shown(tab) > frame + 20, 10, "frames")
    assert tab.evaluate("return window.changes") == 0
    house.command("pause")
    try:
        tab.wait(f"{told}.textContent.startsWith('Paused.')")
        wait_in_place(tab, "Paused")
        tab.wait("headline.innerText === 'Paused'")
        tab.wait("people.innerText === 'Not known: paused'")
        # Nothing is measured either.
        tab.wait("!/\\d/.test(rates.innerText + pace.innerText)")
        # Nobody is drawn, and nobody said to be.
        assert tab.evaluate(_EXTENT) == [1, 1, 0, 0]
        assert tab.evaluate("return canvas.ariaLabel").startswith("Paused")
        assert tab.evaluate("return window.changes") <= 2
    finally:
        house.command("resume")
    wait_drawn(tab)


def test_a_mistake_in_the_file_is_told(tab: Tab, house: House) -> None:
    assert "The file is what runs." in tab.text("#config")
    house.daemon.save(house.config().replace(b"rate: 10", b"ratte: 10"))
    try:
        tab.wait("/old config/.test(config.innerText)")
        assert "camera.ratte" in tab.text("#config")
    finally:
        house.daemon.save(house.config())
    tab.wait("/The file is what runs/.test(config.innerText)")


def test_little_motion_for_whoever_wants_little(house: House) -> None:
    calm = house.enter(reducedMotion="reduce")
    calm.evaluate("""
        window.painted = 0;
        window.began = performance.now();
        new MutationObserver(() => window.painted++)
          .observe(document.querySelector("#caption"), { childList: true });
    """)
    poses = 'return seen.sockets[0].texts.filter((t) => t.startsWith(\'{"kind":"pose"\')).length'
    had = calm.run(poses)
    wait_for(lambda: calm.run(poses) >= had + 12, 10, "poses")
    painted, elapsed_ms = calm.evaluate("return [window.painted, performance.now() - window.began]")
    assert 0 < painted <= 2 + elapsed_ms / 500
    durations = calm.evaluate("""
        return [...document.querySelectorAll("*")].map((e) => getComputedStyle(e))
          .filter((s) => s.transitionDuration !== "0s" || s.animationName !== "none").length
    """)
    assert durations == 0
    calm.run("await context.close()")


def test_the_messages_are_those_of_mqtt(tab: Tab, house: House) -> None:
    texts = [json.loads(text) for text in tab.run("return seen.sockets[0].texts")]
    assert texts[0]["kind"] == "hello"
    kinds = {each["kind"] for each in texts}
    assert {"hello", "state", "health", "config", "pose"} <= kinds
    pose = next(each["body"] for each in texts if each["kind"] == "pose")
    told = {json.loads(m.payload)["seq"]: json.loads(m.payload) for m in house.stranger.on("/pose")}
    assert told[pose["seq"]] == pose
