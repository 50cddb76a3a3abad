"""A CONNECT packet taken apart by hand, after the OASIS texts of MQTT 3.1.1 and 5, 3.1."""

from dataclasses import dataclass, field

# Of the identifiers in MQTT 5, 2.2.2.2: those with a fixed number of bytes; the others that may
# stand in a CONNECT are strings, the user property two of them.
_BYTES = {0x01: 1, 0x02: 4, 0x11: 4, 0x17: 1, 0x18: 4, 0x19: 1, 0x21: 2, 0x22: 2, 0x27: 4}


@dataclass
class Connect:
    """What a client says first."""

    raw: bytes
    protocol: str
    level: int
    clean: bool
    keepalive: int
    client_id: str
    will_topic: str | None = None
    will_payload: bytes | None = None
    will_qos: int = 0
    will_retain: bool = False
    username: str | None = None
    password: bytes | None = None
    properties: dict[int, int | bytes] = field(default_factory=dict)
    will_properties: dict[int, int | bytes] = field(default_factory=dict)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, count: int) -> bytes:
        taken, self._data = self._data[:count], self._data[count:]
        assert len(taken) == count
        return taken

    def number(self, count: int) -> int:
        return int.from_bytes(self.take(count), "big")

    def string(self) -> bytes:
        return self.take(self.number(2))

    def length(self) -> int:
        value = shift = 0
        while True:
            byte = self.number(1)
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value

    def properties(self) -> dict[int, int | bytes]:
        inner = _Reader(self.take(self.length()))
        found: dict[int, int | bytes] = {}
        while inner:
            key = inner.length()
            found[key] = inner.number(_BYTES[key]) if key in _BYTES else inner.string()
        return found

    def __bool__(self) -> bool:
        return bool(self._data)


def take_apart(packet: bytes) -> Connect:
    """The fields of a whole CONNECT packet, its fixed header included."""
    whole = _Reader(packet)
    assert whole.number(1) == 0x10
    reader = _Reader(whole.take(whole.length()))
    assert not whole
    protocol, level, flags = reader.string().decode(), reader.number(1), reader.number(1)
    assert not flags & 1
    keepalive = reader.number(2)
    properties = reader.properties() if level == 5 else {}
    client_id = reader.string().decode()
    connect = Connect(
        packet, protocol, level, bool(flags & 2), keepalive, client_id, properties=properties
    )
    if flags & 4:
        connect.will_properties = reader.properties() if level == 5 else {}
        connect.will_topic, connect.will_payload = reader.string().decode(), reader.string()
        connect.will_qos, connect.will_retain = flags >> 3 & 3, bool(flags & 32)
    if flags & 128:
        connect.username = reader.string().decode()
    if flags & 64:
        connect.password = reader.string()
    assert not reader
    return connect
