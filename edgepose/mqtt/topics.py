"""Topic names, all in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one device: `base`/`device`/..., and Home Assistant's under `prefix`."""

    base: str
    device: str
    prefix: str = "homeassistant"

    @property
    def root(self) -> str:
        """What all topics of the device begin with."""
        return f"{self.base}/{self.device}"

    @property
    def availability(self) -> str:
        """`online` or `offline`, retained; the will."""
        return f"{self.root}/availability"

    @property
    def pose(self) -> str:
        """The landmark stream as json."""
        return f"{self.root}/pose"

    @property
    def pose_packed(self) -> str:
        """The landmark stream as packed bytes."""
        return f"{self.root}/pose/packed"

    @property
    def state(self) -> str:
        """Who is there, retained."""
        return f"{self.root}/state"

    @property
    def event(self) -> str:
        """Somebody came or went."""
        return f"{self.root}/event"

    @property
    def health(self) -> str:
        """How the device is, retained."""
        return f"{self.root}/health"

    @property
    def config(self) -> str:
        """What runs, what is on disk, how the last reload went; retained."""
        return f"{self.root}/config"

    @property
    def notice(self) -> str:
        """That the camera's pictures can be had, retained while that is so."""
        return f"{self.root}/notice"

    @property
    def discovery(self) -> str:
        """What Home Assistant is told of the device, retained."""
        return f"{self.prefix}/device/edgepose_{self.device}/config"

    @property
    def birth(self) -> str:
        """Where Home Assistant says `online` when it has started."""
        return f"{self.prefix}/status"

    @property
    def retained(self) -> tuple[str, ...]:
        """All that a broker keeps of the device, in the order to take it back.

        Home Assistant is to forget the device before what it reads is gone. Availability last:
        whoever has just taken the name says all of it again then.
        """
        return (
            self.discovery,
            self.notice,
            self.config,
            self.health,
            self.state,
            self.availability,
        )

    def command(self, name: str) -> str:
        """Where a command is asked for; `+` for every one."""
        return f"{self.root}/command/{name}"

    def result(self, name: str) -> str:
        """Where the answer to a command goes that names no other topic for it."""
        return f"{self.command(name)}/result"

    @property
    def probe(self) -> str:
        """Never subscribed to, never published: see `Session.stream`."""
        return f"{self.root}/probe"
