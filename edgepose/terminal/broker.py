"""A broker inside the program, for a look at edgepose where there is none.

amqtt on a thread with a loop of its own, for this machine alone and for everybody on it, on a
port that the kernel chooses. It speaks MQTT 3.1.1 only. Needs the extra `demo`. Raises UserError.
"""

import asyncio
import contextlib
import logging
import socket
import threading
from types import TracebackType
from typing import Final, Self

from amqtt.adapters import StreamReaderAdapter, StreamWriterAdapter
from amqtt.broker import Broker as AmqttBroker
from amqtt.errors import AMQTTError, MQTTError

from edgepose.errors import EX_SOFTWARE, UserError

HOST: Final = "127.0.0.1"
VERSION: Final = "3.1.1"
"""A CONNECT of MQTT 5 is not refused by amqtt but never answered."""
_CONFIG: Final = {
    # `external`: the sockets are ours, so that the port is known before anybody can take it.
    "listeners": {"default": {"type": "external"}},
    "plugins": {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}},
}

for _name in ("amqtt", "transitions"):
    # They warn of every client that comes twice or goes without a word.
    logging.getLogger(_name).setLevel(logging.CRITICAL)


class Broker:
    """Has its port, and a queue for who knocks early, from the beginning; `start` answers.

    No thread runs before `start`, so that until then a process can be forked safely.
    """

    def __init__(self) -> None:
        self.host: Final = HOST
        self._socket = socket.create_server((HOST, 0))
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run, name="broker", daemon=True)
        self._started = threading.Event()
        self._failure: Exception | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None

    def start(self) -> None:
        """Serve from now on. Raises UserError where amqtt cannot."""
        self._thread.start()
        self._started.wait()
        if self._failure is not None:
            message = f"the demo's broker does not start: {self._failure}"
            raise UserError(message, EX_SOFTWARE) from self._failure

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except Exception as error:  # noqa: BLE001
            # Of any kind, for it is amqtt's; `start` tells it.
            self._failure = error
        finally:
            self._started.set()

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        broker = AmqttBroker(_CONFIG)
        await broker.start()

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # What a client does wrong is its own trouble.
            with contextlib.suppress(AMQTTError, MQTTError, OSError, asyncio.CancelledError):
                await broker.external_connected(
                    StreamReaderAdapter(reader), StreamWriterAdapter(writer), "default"
                )
            writer.close()

        server = await asyncio.start_server(accept, sock=self._socket)
        self._started.set()
        await self._stop.wait()
        server.close()
        await broker.shutdown()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._thread.is_alive() and self._loop is not None and self._stop is not None:
            # It may end by itself at this very moment.
            with contextlib.suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
        self._socket.close()
