"""What the device shows of itself beside its messages: the live page, and a card in Home Assistant.

Owns both, and what connects them with the daemon's parts. Runs on the daemon's loop; raises
nothing.
"""

import shlex
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from edgepose import __version__, translate
from edgepose.config.device import Identity
from edgepose.config.model import Config
from edgepose.home_assistant.discovery import Discovery
from edgepose.home_assistant.message import device_message
from edgepose.live.address import best
from edgepose.live.live_page import LivePage
from edgepose.live.settings import Settings
from edgepose.mqtt.client import Client, State
from edgepose.mqtt.settings import Received
from edgepose.reload.candidate import Candidate
from edgepose.service.flow import Flow
from edgepose.service.vision import Vision


class Front:
    """`folder` is the state directory, None by hand; `changed` is called when the page's trouble
    has changed; `file` is the config's."""

    def __init__(
        self,
        client: Client,
        flow: Flow,
        vision: Vision,
        folder: Path | None,
        changed: Callable[[], None],
        *,
        file: Path,
    ) -> None:
        opened_by = shlex.join(("edgepose", "live", str(file)))
        self.page = LivePage(folder, changed, vision.ask_pictures, opened_by)
        self.discovery = Discovery(lambda message: client.publish(message) is not None)
        self._page: Settings | None = None
        """As it was asked for last."""
        self._client = client
        client.listen(lambda topics: topics.discovery, self._heard_discovery)
        client.overheard = self.page.overhear
        flow.onlookers = self.page
        vision.on_picture = self.page.see_picture

    def show(self, config: Config, new: Candidate, *, old: bool) -> None:
        """Show what this config asks for: `config` is that of `new` with what commands have set.
        `old`: the file asks for something else, and nobody knows for what. Then no page is begun;
        one that is looked at stays, for it tells what is wrong, without the camera's picture."""
        page = new.live
        if old and page is not None:
            page = None if self._page is None else replace(page, camera_picture=False)
        self._page = page
        self.page.look_at(translate.subject(config, new.device.id))
        self.page.want(page)
        announced = None
        if config.home_assistant.discovery:
            announced = device_message(
                Identity(new.device.id, config.device.name or new.device.id),
                new.topics,
                __version__,
                commands=config.commands.enabled,
                page=None if page is None else best(page.host, page.port, page.hosts),
            )
        self.discovery.want(new.topics.discovery, announced)
        if new.topics == self._client.topics and self._client.state is State.CONNECTED:
            self.discovery.connected()

    def connection_changed(self) -> None:
        """The state of the connection has."""
        if self._client.state is not State.CONNECTED:
            self.discovery.lost()

    def _heard_discovery(self, received: Received) -> None:
        self.discovery.heard(received.payload)
