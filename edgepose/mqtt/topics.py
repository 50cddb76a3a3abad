"""Topic names, all in one place."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topics:
    """The topics of one device: `base`/`device`/..."""

    base: str
    device: str

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
    def health(self) -> str:
        """How the device is, retained."""
        return f"{self.root}/health"

    @property
    def config(self) -> str:
        """What runs, what is on disk, how the last reload went; retained."""
        return f"{self.root}/config"

    @property
    def retained(self) -> tuple[str, ...]:
        """All that a broker keeps of the device."""
        return (self.availability, self.config, self.health)

    def command(self, name: str) -> str:
        """Where a command is asked for."""
        return f"{self.root}/command/{name}"

    @property
    def probe(self) -> str:
        """Never subscribed to, never published: see `Session.stream`."""
        return f"{self.root}/probe"
