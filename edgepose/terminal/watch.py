"""`edgepose watch`: what any number of devices publish, live, as lines, as JSON, or from a file.

Puts together where messages come from (`Subscriber` or `Replay`) and where they go (`Fleet` or
`JsonLines`, and `Recorder`). Shows on the loop of the main thread; messages come on a thread of
their own and reach their ends there. Raises UserError where there is nothing to be had.
"""

import asyncio
import contextlib
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from edgepose.errors import UserError
from edgepose.terminal import words
from edgepose.terminal.arrival import KINDS, Arrival, Kind
from edgepose.terminal.display import Display, conclude, keep_showing
from edgepose.terminal.ending import asked_to_end
from edgepose.terminal.feed import Feed, Listening, Replaying
from edgepose.terminal.fleet import Fleet
from edgepose.terminal.json_lines import JsonLines
from edgepose.terminal.others import nothing_of
from edgepose.terminal.recorder import Recorder
from edgepose.terminal.recording import RECORDED
from edgepose.terminal.report import printable
from edgepose.terminal.server import Server
from edgepose.terminal.watch_display import View, choose

_LOOK_S: Final = 0.2
"""How often it is looked whether the thread with the messages is still well."""
_PATIENCE_S: Final = 3.0
"""By then a device that is there was heard of."""
_STDOUT: Final = 1


@dataclass(frozen=True, slots=True)
class Wish:
    """What to show: what comes from `server`, or the recording `replay`.

    `device`: this one alone. `json`: as JSON Lines, `only` of these kinds. `record`: the file to
    keep it in. `speed` of the replay; None is as it was, and as JSON without a pause.
    """

    server: Server
    device: str | None = None
    json: bool = False
    only: frozenset[Kind] = frozenset(KINDS)
    record: Path | None = None
    replay: Path | None = None
    speed: float | None = None

    def kinds(self) -> frozenset[Kind]:
        """What to subscribe to."""
        shown = self.only if self.json else frozenset(KINDS) - {"config"}
        return shown if self.record is None else shown | frozenset(RECORDED)


class Ends:
    """Where messages go: `take` hands each to all of them, on the thread that it came on."""

    def __init__(self, fleet: Fleet, json: JsonLines | None, recorder: Recorder | None) -> None:
        self.fleet = fleet
        self.json = json
        self.recorder = recorder

    def take(self, arrival: Arrival) -> None:
        """Take a message."""
        if self.recorder is not None:
            self.recorder.take(arrival)
        if self.json is not None:
            self.json.take(arrival)
        else:
            self.fleet.take(arrival)


async def run(wish: Wish) -> int:
    """Show it until SIGINT, SIGTERM, SIGHUP or the end of the recording. Gives the exit status."""
    stop, began = asked_to_end(), time.monotonic()
    with contextlib.ExitStack() as stack:
        feed, ends = _open(wish, stack)
        try:
            await _show(wish, feed, ends, stop, stack)
        finally:
            stack.close()
    _say_at_the_end(wish, feed, ends, time.monotonic() - began)
    return 0


def _open(wish: Wish, stack: contextlib.ExitStack) -> tuple[Feed, Ends]:
    """Everything that can be wrong before anything is shown."""
    json = JsonLines(_STDOUT, wish.only) if wish.json else None
    if wish.replay is not None:
        speed = wish.speed or (math.inf if wish.json else 1.0)
        feed: Feed = Replaying(wish.replay, wish.device, speed)
    else:
        feed = Listening(wish.server, wish.device, wish.kinds())
    recorder = None
    if wish.record is not None:
        recorder = Recorder(wish.record, wish.server.base)
        stack.callback(recorder.close)
    return feed, Ends(Fleet(feed.clock, wish.device), json, recorder)


async def _show(
    wish: Wish,
    feed: Feed,
    ends: Ends,
    stop: asyncio.Future[None],
    stack: contextlib.ExitStack,
) -> None:
    display: Display | None = None
    who = "" if wish.device is None else f" {wish.device}"
    if ends.json is None:
        display = choose(
            View(
                fleet=ends.fleet,
                title=printable(f"edgepose watch{who}, {feed.title}"),
                base=feed.base,
                hint=feed.hint,
                device=wish.device,
                connected=lambda: feed.connected,
                trouble=lambda: _trouble(feed, ends),
                recording=lambda: _recording(ends),
                heard_of=lambda: feed.heard_of,
            )
        )
    stack.enter_context(feed.handing_to(ends.take, ends.fleet.begin_anew))
    patient = display is not None and display.live
    over = asyncio.create_task(_until_over(feed, ends, patient=patient))
    nobody = asyncio.create_task(_say_if_nobody(wish, feed))
    try:
        if display is None:
            await asyncio.wait((stop, over), return_when=asyncio.FIRST_COMPLETED)
        else:
            with display:
                await keep_showing(display, (stop, over))
        if over.done():
            over.result()
    finally:
        over.cancel()
        nobody.cancel()


async def _until_over(feed: Feed, ends: Ends, *, patient: bool) -> None:
    """Wait for the end of the feed. Raises what keeps it from going on.

    Whoever looks at a screen is told and may wait (`patient`); a program is told by the exit
    status where there never was a connection, and on stderr later.
    """
    said = ""
    while not feed.over:
        if feed.failure is not None:
            raise feed.failure
        if ends.json is not None and ends.json.gone():
            raise BrokenPipeError
        # Without a reason it is we who leave.
        if not patient and feed.turned_away and feed.trouble:
            raise UserError(feed.trouble)
        trouble = _trouble(feed, ends)
        if ends.json is not None and trouble != said:
            said = trouble
            if said:
                print(said, file=sys.stderr, flush=True)
        await asyncio.sleep(_LOOK_S)
    if feed.failure is not None:
        raise feed.failure


async def _say_if_nobody(wish: Wish, feed: Feed) -> None:
    """Say once to whoever reads JSON that the device may have another name."""
    await asyncio.sleep(_PATIENCE_S)
    others = feed.heard_of
    if wish.json and wish.device is not None and others is not None:
        print(nothing_of(wish.device, others), file=sys.stderr, flush=True)


def _trouble(feed: Feed, ends: Ends) -> str:
    """What is wrong now, in a line."""
    found = [feed.trouble]
    if ends.recorder is not None and ends.recorder.trouble is not None:
        found.append(ends.recorder.trouble)
    return "; ".join(filter(None, found))


def _recording(ends: Ends) -> str:
    recorder = ends.recorder
    return "" if recorder is None else printable(f"{recorder.path}, {recorder.poses:,} poses")


def _say_at_the_end(wish: Wish, feed: Feed, ends: Ends, seconds: float) -> None:
    """The words that stay. Raises UserError where it was not what was asked for."""
    recorder = ends.recorder
    if not wish.json:
        lines = words.watched(seconds, ends.fleet)
        if recorder is not None:
            lines.append(f"recorded {_recording(ends)}")
        # A terminal that is gone is told nothing.
        with contextlib.suppress(OSError):
            conclude("edgepose watch", lines)
    if feed.note:
        print(feed.note, file=sys.stderr)
    if recorder is not None and recorder.trouble is not None:
        raise UserError(recorder.trouble)
    if feed.turned_away:
        raise UserError(feed.trouble)
