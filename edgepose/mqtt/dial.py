"""Opening the connection, which blocks: resolver, TCP, TLS.

Runs on a short-lived thread of its own. Raises OSError whose text is for a person.
"""

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
