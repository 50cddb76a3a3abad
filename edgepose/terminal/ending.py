"""The signals by which somebody ends what is shown. On the loop's thread, which must be the main
one."""

import asyncio
import signal
from typing import Final

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def asked_to_end() -> asyncio.Future[None]:
    """Done as soon as somebody asks; a signal that was ignored before, as by nohup, stays so."""
    loop = asyncio.get_running_loop()
    asked: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if not asked.done():
            asked.set_result(None)

    for number in _SIGNALS:
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, ask)
    return asked
