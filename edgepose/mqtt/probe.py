"""Whether a broker would let us in, asked before the one that works is left.

Runs on the daemon's loop.
"""

from dataclasses import replace
from typing import Final

from edgepose.mqtt.session import Session
from edgepose.mqtt.settings import Failure, ProtocolVersion, SessionError, Settings

LEAVE_S: Final = 1.0
"""For the DISCONNECT to be written."""


async def probe(settings: Settings) -> None:
    """See whether the broker lets us in, by a second connection that says nothing.

    With a client id of its own, because a broker ends the older of two connections with one id.
    Raises SessionError where it does not.
    """
    guest = replace(settings, client_id=f"{settings.client_id}-trial")
    versions: list[ProtocolVersion] = ["5", "3.1.1"]
    if settings.version != "auto":
        versions = [settings.version]
    for version in versions:
        session = Session(guest, version, None, "", clean_start=True, expiry_s=0)
        try:
            await session.open()
        except SessionError as error:
            if version == versions[-1] or error.failure in (Failure.UNREACHABLE, Failure.REFUSED):
                raise
        else:
            await session.close(LEAVE_S)
            return
