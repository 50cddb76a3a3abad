"""A name server for one name, which runs inside: `name_server.py ADDRESS NAME IPV4...`.

Each answer is too long for UDP, it says there, and comes by TCP (RFC 1035, sections 4.1 and 4.2).
Standard library only.
"""

import socket
import struct
import sys
import threading

REFUSED = 5
A = 1


def answer(query: bytes, name: str, addresses: list[str]) -> bytes:
    """The message that answers a query."""
    end = query.index(b"\0", 12) + 5
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    known = query[12 : end - 4].lower() == labels + b"\0"
    (kind,) = struct.unpack("!H", query[end - 4 : end - 2])
    found = addresses if known and kind == A else []
    records = [
        b"\xc0\x0c" + struct.pack("!HHIH", A, 1, 60, 4) + socket.inet_aton(each) for each in found
    ]
    flags = 0x8180 | (0 if known else REFUSED)
    head = query[:2] + struct.pack("!HHHHH", flags, 1, len(records), 0, 0)
    return head + query[12:end] + b"".join(records)


def by_udp(listener: socket.socket) -> None:
    """Say to everybody that the answer is too long."""
    while True:
        query, who = listener.recvfrom(512)
        end = query.index(b"\0", 12) + 5
        truncated = struct.pack("!HHHHH", 0x8380, 1, 0, 0, 0)
        listener.sendto(query[:2] + truncated + query[12:end], who)


def serve(listener: socket.socket, name: str, addresses: list[str]) -> None:
    """Answer everybody who comes, one after the other."""
    while True:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            while len(length := stream.read(2)) == 2:
                query = stream.read(struct.unpack("!H", length)[0])
                message = answer(query, name, addresses)
                stream.write(struct.pack("!H", len(message)) + message)
                stream.flush()


def main(address: str, name: str, *addresses: str) -> None:
    """Answer for ever."""
    datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    datagrams.bind((address, 53))
    threading.Thread(target=by_udp, args=(datagrams,), daemon=True).start()
    serve(socket.create_server((address, 53)), name, list(addresses))


if __name__ == "__main__":
    main(*sys.argv[1:])
