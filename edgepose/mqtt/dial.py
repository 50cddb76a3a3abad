"""Opening the connection, which blocks: resolver, TCP, TLS.

Runs on a short-lived thread of its own. Raises OSError whose text is for a person.
"""

import errno
import socket
import ssl
from typing import Final

from paho.mqtt import client as paho
from paho.mqtt.enums import MQTTProtocolVersion

from edgepose.mqtt.delivery import KEEPALIVE_S
from edgepose.mqtt.properties import of_connect
from edgepose.mqtt.settings import ProtocolVersion, Settings
from edgepose.mqtt.tls import context, explain

CONNECT_S: Final = 5.0
"""For TCP; and again for the CONNACK."""
_UNREACHABLE: Final = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ETIMEDOUT)
VERSIONS: Final[dict[ProtocolVersion, MQTTProtocolVersion]] = {
    "5": MQTTProtocolVersion.MQTTv5,
    "3.1.1": MQTTProtocolVersion.MQTTv311,
}


def dial(
    client: paho.Client,
    settings: Settings,
    version: ProtocolVersion,
    *,
    clean_start: bool,
    expiry_s: int,
) -> None:
    """Connect; what follows the CONNECT is not waited for."""
    try:
        _dial(client, settings, version, clean_start=clean_start, expiry_s=expiry_s)
    except OSError as error:
        # What `_dial` has put into words is behind it.
        cause = error.__cause__ if isinstance(error.__cause__, OSError) else error
        why = settings.why_silent(settings.host, cause) if _nothing_came(cause) else None
        if why is None:
            raise
        raise OSError(f"{error.strerror or error}: {why}") from error


def _nothing_came(error: OSError) -> bool:
    """Whether it looks as if nobody were there, which is also how a filter of packets looks."""
    return isinstance(error, socket.gaierror | TimeoutError) or error.errno in _UNREACHABLE


def _dial(
    client: paho.Client,
    settings: Settings,
    version: ProtocolVersion,
    *,
    clean_start: bool,
    expiry_s: int,
) -> None:
    try:
        if settings.tls is not None:
            client.tls_set_context(context(settings.tls))
        if version == "5":
            client.connect(
                settings.host,
                settings.port,
                KEEPALIVE_S,
                clean_start=clean_start,
                properties=of_connect(expiry_s),
            )
        else:
            client.connect(settings.host, settings.port, KEEPALIVE_S)
    except UnicodeError:
        raise OSError("this is not the name of a host") from None
    except (ssl.SSLError, ConnectionResetError, TimeoutError) as error:
        if settings.tls is None:
            raise
        raise OSError(explain(error)) from error
    except ValueError as error:
        raise OSError(str(error)) from error
