"""A real Chromium, driven by playwright-core in a Node.

Owns both processes; the Chromium is Debian's, playwright fetches none. Called from the test's
thread, which waits. Raises AssertionError with what Chromium or the page's code said.
"""

import json
import shutil
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests.harness.node import Node

_DRIVER: Final = Path(__file__).with_suffix(".js")
PHONE: Final = {"width": 360, "height": 740}
DESKTOP: Final = {"width": 1280, "height": 800}


class Tab:
    """A window of its own, with its own cookies."""

    def __init__(self, browser: "Browser", number: int) -> None:
        self._browser = browser
        self._number = number

    def run(self, code: str, **args: Any) -> Any:
        """Run the body of an async function: give what it returns.

        It has playwright's `page` and `context`, `args`, and `seen`: `requests`, `sockets` (with
        `url`, `texts` and the numbers of `pictures`) and `errors` of this window so far.
        """
        return self._browser.ask({"tab": self._number, "code": code, "args": args})

    def evaluate(self, code: str, **args: Any) -> Any:
        """Run the body of a function within the page, which has `args`."""
        body = f"return page.evaluate(async (args) => {{ {code} }}, args)"
        return self.run(body, **args)

    def wait(self, code: str, **args: Any) -> None:
        """Wait until an expression within the page is true."""
        self.run(f"await page.waitForFunction((args) => {code}, args)", **args)

    def text(self, selector: str) -> str:
        """What stands in an element, as a person sees it."""
        found: str = self.run("return page.locator(args.selector).innerText()", selector=selector)
        return found


class Browser:
    """A Chromium for as long as it is entered. `packages` is a node_modules."""

    def __init__(self, node: Node, packages: Path) -> None:
        chromium = shutil.which("chromium")
        assert chromium, "chromium is missing: `apt-get install chromium`"
        self._process = subprocess.Popen(
            [node.program, _DRIVER, packages, chromium],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def tab(self, **options: Any) -> Tab:
        """A new window; the options are those of playwright's contexts."""
        return Tab(self, self.ask({"open": {"viewport": DESKTOP, "locale": "en-GB", **options}}))

    def ask(self, what: dict[str, Any]) -> Any:
        """Have the driver do this; give its answer."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{json.dumps(what)}\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the browser's driver has ended: {self._process.wait(10)}"
        told = json.loads(line)
        assert "error" not in told, told["error"]
        return told["value"]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        # It closes Chromium when nobody asks any more.
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait(10)
        self._process.stdout.close()
