"""The page is usable: small, alone, legible, by keyboard, on a phone."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from edgepose.live.server import FOLDER, read_files
from tests.harness.browser import PHONE, Tab
from tests.live.page.house import House, wait_drawn, wait_in_place

pytestmark = [pytest.mark.slow]

LEAST_CONTRAST = 4.5
"""WCAG 2.2, 1.4.3 for text of any size."""

# Every text that is shown, with less contrast than `least`: the formula is that of WCAG 2.2.
_FAINT = """
const parts = (colour) => {
  const found = colour.match(/[\\d.]+/g).map(Number);
  return found.length === 3 ? [...found, 1] : found;
};
const over = ([r, g, b, a], under) =>
  [r, g, b].map((part, i) => part * a + under[i] * (1 - a)).concat(1);
const behind = (element) => {
  const own = element ? parts(getComputedStyle(element).backgroundColor) : [255, 255, 255, 1];
  return !element || own[3] === 1 ? own : over(own, behind(element.parentElement));
};
const light = (colour) => {
  const [r, g, b] = colour.slice(0, 3).map((part) => {
    const share = part / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const faint = [];
let seen = 0;
while (texts.nextNode()) {
  const element = texts.currentNode.parentElement;
  const text = texts.currentNode.textContent.trim();
  if (!text || !element.checkVisibility({ visibilityProperty: true })) continue;
  if (element.closest(".unseen, noscript, script")) continue;
  seen++;
  const ground = behind(element);
  const ink = over(parts(getComputedStyle(element).color), ground);
  const [high, low] = [light(ink), light(ground)].sort((a, b) => b - a);
  const contrast = (high + 0.05) / (low + 0.05);
  if (contrast < args.least) faint.push(`${text}: ${contrast.toFixed(2)}`);
}
return { seen, faint };
"""
_OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
_WIDTH = "return document.documentElement.scrollWidth"


def faint(tab: Tab) -> dict[str, Any]:
    found: dict[str, Any] = tab.evaluate(_FAINT, least=LEAST_CONTRAST)
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_legible_in_both_schemes_and_no_wider_than_a_phone(
    house: House, scheme: Literal["light", "dark"]
) -> None:
    phone = house.enter(colorScheme=scheme, viewport=PHONE, isMobile=True, hasTouch=True)
    phone.wait("/Person/.test(document.querySelector('#people').innerText)")
    dark = phone.evaluate("return getComputedStyle(document.body).backgroundColor")
    assert (dark == "rgb(243, 245, 245)") == (scheme == "light")

    def check(texts: int) -> None:
        found = faint(phone)
        assert found["faint"] == []
        assert found["seen"] >= texts
        assert phone.evaluate(_WIDTH) <= PHONE["width"]

    phone.evaluate(_OPEN_ALL)
    check(120)
    phone.run("await page.locator('#hold').click()")
    check(120)
    phone.run("await page.locator('#hold').click(); await page.locator('#hold').focus()")
    house.command("pause")
    try:
        wait_in_place(phone, "Paused")
        check(100)
    finally:
        house.command("resume")
    wait_drawn(phone)
    phone.run("await context.close()")


def test_words_and_numbers_for_who_cannot_see_the_picture(tab: Tab) -> None:
    # Who has only just come in is drawn before he counts.
    tab.wait("document.querySelector('#headline').innerText === '1 person is there'")
    tree = tab.run("return page.locator('body').ariaSnapshot()")
    assert '- img "1 person drawn as lines on a plain ground"' in tree
    assert '- heading "1 person is there" [level=2]' in tree
    for name in ("Who is there", "How fast", "How it is", "Where every frame went"):
        assert f'- heading "{name}" [level=2]' in tree
    assert "% published" in tree


def test_everything_is_reached_by_tab_in_the_order_in_which_it_stands(tab: Tab) -> None:
    where = """
        await page.keyboard.press("Tab");
        return page.evaluate(() => {
          const at = document.activeElement;
          const style = getComputedStyle(at);
          return [at.innerText, style.outlineStyle, parseFloat(style.outlineWidth)];
        });
    """
    tab.run("await page.locator('body').focus()")
    found = [tab.run(where) for _ in range(5)]
    assert [text for text, _, _ in found] == [
        "Skip to the picture",
        "Hold the picture",
        "The device in numbers",
        "All counters",
        "Every key",
    ]
    assert tab.run(where)[1] == "none", "there is one more"
    # Whoever goes by keys sees where.
    assert all(style == "solid" and width >= 2 for _, style, width in found)


def test_what_is_reached_is_done_by_keys(tab: Tab) -> None:
    state: Callable[[str], Any] = lambda code: tab.evaluate(f"return {code}")  # noqa: E731
    tab.run("await page.keyboard.press('Tab')")
    shown = tab.run("return page.locator('.skip').boundingBox()")
    assert shown["y"] >= 0
    tab.run("await page.keyboard.press('Enter')")
    assert state("document.activeElement.id") == "main"
    tab.run("await page.keyboard.press('Tab'); await page.keyboard.press('Space')")
    assert state("document.querySelector('#hold').innerText") == "Go on"
    tab.run("await page.keyboard.press('Tab'); await page.keyboard.press('Enter')")
    assert state("document.querySelector('.device details').open") is True
    assert "Memory" in tab.text("#device")


def test_the_page_is_small_and_asks_nobody_else(tab: Tab, house: House) -> None:
    assert sum(len(body) for body, _ in read_files(FOLDER).values()) < 100_000
    assert {path.name for path in FOLDER.iterdir()} >= {"index.html", "page.css", "page.js"}
    asked = tab.run("return [...seen.requests, ...seen.sockets.map(({ url }) => url)]")
    assert len(asked) > 6
    ours = (house.url, house.url.replace("http", "ws"))
    assert [url for url in asked if not url.startswith(ours)] == []
    # What the policy forbids is an error of the console.
    assert tab.run("return seen.errors") == []
