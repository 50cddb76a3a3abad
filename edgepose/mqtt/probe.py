"""Whether a broker would let us in, asked before the one that works is left.

Runs on the daemon's loop.
"""

from dataclasses import replace
from functools import partial
from typing import Final

from edgepose.mqtt.name import Name
from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Failure, ProtocolVersion, Received, SessionError, Settings
from edgepose.mqtt.topics import Topics

_FINAL: Final = (Failure.UNREACHABLE, Failure.REFUSED, Failure.TAKEN)
LEAVE_S: Final = 1.0
"""For the DISCONNECT to be written."""


async def probe(settings: Settings, topics: Topics | None = None) -> None:
    """See whether the broker lets us in, and whether the name is free that `topics` have, by a
    second connection that says nothing of us.

    With a client id of its own, because a broker ends the older of two connections with one id.
    Raises SessionError where it does not.
    """
    guest = replace(settings, client_id=f"{settings.client_id}-trial")
    versions: list[ProtocolVersion] = ["5", "3.1.1"]
    if settings.version != "auto":
        versions = [settings.version]
    for version in versions:
        name = None if topics is None else Name(topics, settings.installation)
        session = Session(
            guest,
            version,
            None,
            "" if topics is None else topics.probe,
            receive=partial(_hear, name),
            clean_start=True,
            expiry_s=0,
        )
        try:
            await session.open()
            if name is not None:
                await _ask(session, name)
        except SessionError as error:
            await session.close(LEAVE_S)
            if version == versions[-1] or error.failure in _FINAL:
                raise
        else:
            await session.close(LEAVE_S)
            return


async def _ask(session: Session, name: Name) -> None:
    session.subscribe(name.topics)
    await session.answered()
    await name.claim(session, None)


def _hear(name: Name | None, received: Received) -> None:
    if name is not None:
        name.heard(received)
