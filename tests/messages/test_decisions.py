"""What is a message and what is none, on the edge: Python and JavaScript decide alike."""

import json
import struct
from collections.abc import Callable
from typing import Final

from edgepose.messages import DecodeError, Pose, decode_json, decode_packed
from tests.harness.node import Node
from tests.messages.golden import FOLDER, shape
from tests.messages.javascript import digest, digests, show
from tests.messages.poses import clear

ONE: Final = (FOLDER / "one.bin").read_bytes()
TEXT: Final = (FOLDER / "one.json").read_bytes()
EMPTY: Final = (FOLDER / "nobody.json").read_bytes()
BODY: Final = json.loads(TEXT)
DECODERS: Final[dict[str, Callable[[bytes], Pose]]] = {"packed": decode_packed, "json": decode_json}


def put(at: int, new: bytes) -> bytes:
    """A packed message of one person with these bytes at this offset."""
    return ONE[:at] + new + ONE[at + len(new) :]


def said(old: str, new: str) -> bytes:
    """A json message of an empty room with another text in it."""
    assert old in EMPTY.decode()
    return EMPTY.replace(old.encode(), new.encode())


def also(text: str) -> bytes:
    """A json message of an empty room with this in front."""
    return said("{", "{" + text + ",")


def person(**changed: object) -> bytes:
    """A json message of one person who has this."""
    return json.dumps({**BODY, "people": [{**BODY["people"][0], **changed}]}).encode()


def people(key: str, *values: object) -> list[tuple[str, bytes]]:
    """Json messages of one person, each with another value of this key."""
    return [("json", person(**{key: value})) for value in values]


def first_row(*row: float) -> bytes:
    return person(landmarks=[row, *BODY["people"][0]["landmarks"][1:]])


MESSAGES: Final = [
    ("packed", bytes(data))
    for data in (put(28, b"\1\2\3\4"), put(38, b"\xff\xff"), put(2, b"\xf0"), put(2, b"\xfe"))
] + [
    ("packed", put(8, struct.pack("<Q", 2**53 - 1))),
    ("json", EMPTY),
    ("json", b" \n\t\r" + EMPTY + b"\n"),
    ("json", also('"new":{"a":[1e999,null,true,"x"]}')),
    ("json", also('"new":' + "9" * 5000)),
    ("json", also('"größe":"\\u00e9\\ud800"')),
    ("json", also('"__proto__":{"seq":1},"constructor":7')),
    ("json", also('"seq":7')),
    ("json", said('"seq":48211', '"seq":7.0')),
    ("json", said('"seq":48211', '"seq":-0')),
    ("json", said('"seq":48211', '"seq":4.8211E+4')),
    ("json", said('"seq":48211', '"seq":4294967295')),
    ("json", said("1795340123456789", "9007199254740991")),
    ("json", said("1795340123456789", "9007199254740991.2")),
    ("json", said("41.2", "1e300")),
    ("json", person(world=[])),
    ("json", first_row(1e300, -1e-300, 5e-324, 0, 1)),
]
"""What is taken: nothing in it is wrong, and what is not known is not looked at."""

NO_MESSAGES: Final = [
    *(("packed", ONE[:length]) for length in (0, 1, 31, 32, 33, 303)),
    *(("packed", ONE + more) for more in (b"\0", ONE[32:], ONE)),
    *(("packed", put(0, b)) for b in (b"\xe8", b"{", b"\xe9\0", b"\xe9\2")),
    *(("packed", put(3, bytes([people]))) for people in (0, 2, 255)),
    *(("packed", put(8, struct.pack("<Q", us))) for us in (2**53, 2**64 - 1)),
    *(("packed", put(at, b"\0\0")) for at in (16, 18)),
    *(("packed", put(22, b)) for b in (b"\x11\0", b"\x11\1", b"\x21\1", b"\0\0", b"\x21\2")),
    *(("packed", put(2, b"\1")), ("packed", put(37, b"\5")), ("packed", put(37, b"\xff"))),
    *(("json", EMPTY[:length]) for length in range(len(EMPTY))),
    *(("json", EMPTY + more) for more in (b"\0", b"}", b"{}", b"\xc2\xa0")),
    *(("json", mark + EMPTY) for mark in (b"\xef\xbb\xbf", b"\xa0", b"\0")),
    *(("json", EMPTY.decode().encode(code)) for code in ("utf-16", "utf-16-le", "utf-32")),
    *(("json", also(f'"new":{bad}')) for bad in ("NaN", "-Infinity", "01", ".5", "1.", "+1")),
    *(("json", also(f'"new":{bad}')) for bad in ("'a'", "[1,]", "/*a*/1", '"\t"', '"\\x"', "")),
    *(("json", also('"new":"?"').replace(b"?", bad)) for bad in (b"\xff", b"\xc0\x80", b"\xe2")),
    ("json", also('"new":"?"').replace(b"?", b"\xed\xa0\x80")),
    *(("json", value) for value in (b"null", b"[]", b"1", b'""', b"[" + EMPTY + b"]")),
    *(
        ("json", said('"seq":48211', f'"seq":{bad}'))
        for bad in ("-1", "4294967296", "7.5", '"7"', "null", "true", "[7]", "1e999", "1e-5")
    ),
    *(("json", said("1795340123456789", us)) for us in ("9007199254740992", "9007199254740993")),
    *(("json", said("41.2", bad)) for bad in ("1e999", "null", "false", '""', "9" * 400)),
    *(("json", said("[640,480]", bad)) for bad in ("[0,480]", "[640]", "640", "{}", "[6.5,4]")),
    *(("json", said('"v":1', f'"v":{bad}')) for bad in ("2", "0", "true", '"1"', "null", "{}")),
    *(
        ("json", said('"blazepose33"', bad))
        for bad in ('"coco"', '"constructor"', '"__proto__"', "0", "null", '["coco17"]')
    ),
    *(("json", also(f'"clock":{bad}')) for bad in ('"ok"', "null", "true", '["unset"]')),
    *(("json", also(f'"mirrored":{bad}')) for bad in ("false", "null", "1", '"true"')),
    *(("json", said("[]", bad)) for bad in ("{}", "null", "[null]", "[[]]", "[{}]", '"ab"', "0")),
    *people("id", -1, 2**32, 1.5, None, "17", True),
    *people("confidence", -0.01, 1.01, None, "1", True),
    *people("posture", "flying", "constructor", None, 1, ["lying"]),
    *people("world", None, [[0.5] * 3] * 17, [[0.5] * 5] * 33, {}, 0),
    *people("landmarks", [], [[0.5] * 5] * 32, [[0.5] * 3] * 33, None, {}),
    *(("json", first_row(0.5, 0.5, 0.5, v, p)) for v, p in ((1.01, 1), (1, -0.01), (2, 2))),
    ("json", TEXT.replace(b"[[0.", b"[[1e999,0.")),
    ("json", TEXT.replace(b"[[0.", b"[[true,0.")),
    ("json", person(landmarks=[[0.5] * 4 + [None], *[[0.5] * 5] * 32])),
    ("json", person(landmarks=[[0.5] * 4 + [True], *[[0.5] * 5] * 32])),
]
"""What is refused."""


def refusal(kind: str, data: bytes) -> str | None:
    """Why Python refuses it; None where it does not."""
    try:
        DECODERS[kind](data)
    except DecodeError as error:
        return str(error)
    return None


def test_python_takes_what_is_a_message() -> None:
    told = [(refusal(kind, data), data) for kind, data in MESSAGES]
    assert [one for one in told if one[0] is not None] == []


def test_python_refuses_what_is_none() -> None:
    told = [(refusal(kind, data), data) for kind, data in NO_MESSAGES]
    assert [one for one in told if one[0] is None or not clear(one[0])] == []


def test_javascript_takes_what_is_a_message_and_reads_the_same(node: Node) -> None:
    for (kind, data), answer in zip(MESSAGES, show(node, MESSAGES), strict=True):
        assert answer == {"pose": shape(DECODERS[kind](data))}, data
    # To the last bit, and the sign of a zero, which JSON does not show.
    wanted = [digest(DECODERS[kind](data)) for kind, data in MESSAGES]
    assert digests(node, MESSAGES) == wanted


def test_javascript_refuses_what_is_none(node: Node) -> None:
    for (kind, data), answer in zip(NO_MESSAGES, show(node, NO_MESSAGES), strict=True):
        assert set(answer) == {"refused"}, (kind, data)
        assert 10 <= len(answer["refused"]) <= 200, (kind, data)
