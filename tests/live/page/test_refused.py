"""Who is refused, as a real Chromium and a stranger's program see it; and the way back in."""

import http.client
from collections.abc import Iterator

import pytest

from edgepose.live.server import VIEWERS
from tests.harness.browser import PHONE, Browser, Tab
from tests.live.page.house import House, wait_drawn, wait_in_place

pytestmark = [pytest.mark.slow]


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Tab]:
    """A window that knows no token."""
    tab = browser.tab()
    yield tab
    tab.run("await context.close()")


def went(tab: Tab, url: str) -> int:
    """The status of the page that it leads to."""
    status: int = tab.run("return (await page.goto(args.url)).status()", url=url)
    return status


def asked(house: House, path: str, **headers: str) -> int:
    """What a program is answered that shows the cookie of a window that was let in."""
    line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
    try:
        line.putrequest("GET", path, skip_host=True, skip_accept_encoding=True)
        given = {"Host": f"127.0.0.1:{house.port}", "Cookie": cookie(house), **headers}
        for name, value in given.items():
            line.putheader(name.replace("_", "-"), value)
        line.endheaders()
        return line.getresponse().status
    finally:
        line.close()


def cookie(house: House) -> str:
    """What a browser keeps when it has shown the token."""
    line = http.client.HTTPConnection("127.0.0.1", house.port, timeout=10)
    try:
        line.request("GET", f"/?token={house.token}")
        answer = line.getresponse()
        assert answer.status == 303
        kept = answer.getheader("Set-Cookie")
    finally:
        line.close()
    assert kept is not None
    assert "HttpOnly" in kept
    assert "SameSite=Strict" in kept
    return kept.partition(";")[0]


def test_without_the_token_there_is_a_form_which_takes_it(stranger: Tab, house: House) -> None:
    assert went(stranger, house.url) == 401
    assert stranger.run("return seen.sockets.length") == 0
    enter = """
        await page.getByLabel("token").fill(args.token);
        await page.getByRole("button").click();
    """
    stranger.run(enter, token="not-the-token-of-it")
    stranger.run("await page.getByText('not the token').waitFor()")
    stranger.run(enter, token=house.token)
    wait_drawn(stranger)
    # What was typed is nowhere in the address.
    assert stranger.run("return page.url()") == house.url


def test_a_wrong_token_in_the_address_opens_nothing(stranger: Tab, house: House) -> None:
    assert went(stranger, f"{house.url}?token=not-the-token-of-it") == 401
    for name in ("page.js", "page.css", "live"):
        assert went(stranger, f"{house.url}{name}") == 401


def test_another_page_s_socket_is_refused(tab: Tab, house: House) -> None:
    # On the same machine, so the browser sends our cookie with it.
    code = """
        await page.route("**/elsewhere", (asked) => asked.fulfill({ contentType: "text/html" }));
        await page.goto(args.page);
        return page.evaluate((url) => new Promise((done) => {
          const socket = new WebSocket(url);
          socket.onopen = () => done("open");
          socket.onmessage = ({ data }) => done(data);
          socket.onerror = () => done("refused");
        }), args.live);
    """
    live = f"ws://127.0.0.1:{house.port}/live"
    port = 8475 if house.port != 8475 else 8476
    page = f"http://127.0.0.1:{port}/elsewhere"
    assert tab.run(code, page=page, live=live) == "refused"
    # From the page itself the same code is let in.
    assert tab.run(code, page=house.url, live=live) != "refused"


def test_another_name_for_this_address_is_refused(stranger: Tab, house: House) -> None:
    address = house.url.replace("127.0.0.1", "rebound.example")
    assert went(stranger, f"{address}?token={house.token}") == 403
    assert went(stranger, address) == 403


_SOCKET = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/", {}, 200),
        ("/", {"Cookie": ""}, 401),
        ("/", {"Host": "rebound.example"}, 403),
        ("/", {"Origin": "http://rebound.example"}, 403),
        ("/live", _SOCKET, 101),
        ("/live", {**_SOCKET, "Origin": "http://rebound.example"}, 403),
        ("/live", {**_SOCKET, "Origin": "null"}, 403),
        ("/live", {**_SOCKET, "Host": "rebound.example"}, 403),
        ("/live", {**_SOCKET, "Cookie": ""}, 401),
        ("/nowhere", {}, 404),
        ("/index.html", {}, 404),
        ("/../token.py", {}, 404),
        ("/%2e%2e/token.py", {}, 404),
        ("/..%2ftoken.py", {}, 404),
        ("//etc/passwd", {}, 404),
        ("/page.js/", {}, 404),
    ],
)
def test_what_a_program_is_answered(
    house: House, path: str, headers: dict[str, str], status: int
) -> None:
    assert asked(house, path, **headers) == status


def test_a_restart_is_survived_and_who_has_no_token_then_finds_the_form(
    tab: Tab, house: House
) -> None:
    other = house.enter(viewport=PHONE)
    assert house.daemon.stop() == 0
    wait_in_place(tab, "Connection lost")
    tab.wait("/^Connection lost\\./.test(document.querySelector('#said').textContent)")
    tab.wait("/Trying again/.test(document.querySelector('#instead').innerText)")
    assert tab.text("#headline") == "Connection lost"
    assert tab.text("#link") == "connection lost"
    tab.wait("people.innerText === 'Not known: connection lost'")
    # Later: what there is to look at, all of it within a phone's picture, too.
    other.evaluate("""
        const now = performance.now.bind(performance);
        performance.now = () => now() + 60_000;
    """)
    wait_in_place(other, "live.enabled")
    assert other.evaluate("""
        const all = document.getElementById("stage").getBoundingClientRect();
        return [...document.querySelectorAll("#instead > *")].every((each) => {
          const { left, top, right, bottom } = each.getBoundingClientRect();
          return left > all.left && top > all.top && right < all.right && bottom < all.bottom;
        });
    """)
    other.run("await context.clearCookies()")
    house.restart()
    wait_drawn(tab)
    assert tab.text("#link") == "connected"
    other.run("await page.getByLabel('token').waitFor()")
    assert "not let in any more" in other.text("[role=alert]")
    other.run("await context.close()")


def test_who_comes_while_eight_look_is_told_so_and_let_in_when_one_has_gone(
    tab: Tab, house: House
) -> None:
    more = VIEWERS - 1
    tab.evaluate(
        """
        window.more = Array.from({ length: args.more }, () => new WebSocket("live"));
        await Promise.all(more.map((each) => new Promise((open) => { each.onopen = open; })));
        """,
        more=more,
    )
    tab.run(
        """
        const other = await context.newPage();
        await other.goto(args.url);
        await other.getByText("8 are looking already").waitFor();
        await page.evaluate(() => more.forEach((each) => each.close()));
        await other.getByText("connected", { exact: true }).waitFor();
        """,
        url=house.url,
    )
