"""Damaged messages by the hundred thousand: the same ones at every run.

Every golden message is damaged: bits turned, bytes lost, added and moved, the end cut off at every
length, two messages spliced, something behind; and json also in its structure and its numbers.
"""

import json
import re
from collections.abc import Iterator
from random import Random
from typing import Any, Final, Literal

from tests.messages.golden import FOLDER, FORMATS, POSES

Kind = Literal["packed", "json"]
_SEED: Final = 20261123
_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
_LITERALS: Final = (
    b"null", b"true", b'""', b"[]", b"{}", b"", b" ", b"[[[[[[[[]]]]]]]]", b'"\\u0000"', b"\xff",
    b"-0", b"01", b".5", b"1.", b"+1", b"0x10", b"NaN", b"-Infinity", b"1e999", b"-1e999",
    b"1e-999", b"9007199254740991", b"9007199254740992", b"4294967296", b"256", b"-1", b"1.0",
    b"1e2", b"1" * 400,
)  # fmt: skip
_VALUES: Final = (
    "null", "true", "false", "0", "1", "-1", "1.5", "9007199254740992", "4294967296", '""',
    '"unset"', "[]", "{}", "[[]]", "[{}]",
)  # fmt: skip


def goldens(kind: Kind) -> list[bytes]:
    """The whole messages."""
    return [(FOLDER / f"{name}{FORMATS[kind][0]}").read_bytes() for name in POSES]


def truncated(kind: Kind) -> Iterator[bytes]:
    """Every whole message, cut off at every length."""
    for whole in goldens(kind):
        for length in range(len(whole)):
            yield whole[:length]


def damaged(kind: Kind, count: int) -> Iterator[bytes]:
    """So many damaged messages. Some few may be whole again, and say another thing."""
    random = Random(_SEED)
    wholes = goldens(kind)
    # Small ones more often: each byte of them matters, and they cost less.
    weights = [1 / (len(whole) + 100) for whole in wholes]
    ways = [_flip, _flip, _edit, _edit, _splice, _extend, _cut, _noise]
    ways += [_number, _number, _structure] if kind == "json" else []
    for number in range(count):
        [whole, other] = random.choices(wholes, weights, k=2)
        yield ways[number % len(ways)](random, whole, other)


def _flip(random: Random, whole: bytes, _other: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(random.choice((1, 1, 1, 2, 4, 16))):
        # The header is short, and most of what can be wrong is there.
        end = random.choice((32, len(data)))
        data[random.randrange(end)] ^= 1 << random.randrange(8)
    return bytes(data)


def _edit(random: Random, whole: bytes, _other: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(random.randint(1, 4)):
        start = random.randrange(len(data) + 1)
        data[start : start + random.randint(0, 4)] = random.randbytes(random.randint(0, 4))
    return bytes(data)


def _splice(random: Random, whole: bytes, other: bytes) -> bytes:
    return whole[: random.randrange(len(whole))] + other[random.randrange(len(other)) :]


def _extend(random: Random, whole: bytes, other: bytes) -> bytes:
    return whole + random.choice((b"\0", b" ", b"}", random.randbytes(8), other, other[32:]))


def _cut(random: Random, whole: bytes, other: bytes) -> bytes:
    damaged = _flip(random, whole, other)
    return damaged[: random.randrange(len(damaged))]


def _noise(random: Random, whole: bytes, _other: bytes) -> bytes:
    kept = random.choice((0, 1, 2, 4, 32))
    return whole[:kept] + random.randbytes(random.randrange(600))


def _number(random: Random, whole: bytes, _other: bytes) -> bytes:
    found = random.choice([*_NUMBER.finditer(whole)])
    return whole[: found.start()] + random.choice(_LITERALS) + whole[found.end() :]


def _structure(random: Random, whole: bytes, _other: bytes) -> bytes:
    body = json.loads(whole)
    for _ in range(random.randint(1, 2)):
        inner: Any = body
        while isinstance(inner, dict | list) and inner:
            key = (
                random.choice([*inner]) if isinstance(inner, dict) else random.randrange(len(inner))
            )
            if not isinstance(inner[key], dict | list) or random.random() < 0.4:
                _change(random, inner, key)
                break
            inner = inner[key]
    return json.dumps(body).encode()


def _change(random: Random, inner: Any, key: Any) -> None:
    way = random.randrange(3)
    if way == 0:
        # Read anew each time: a list in it may be changed next.
        inner[key] = json.loads(random.choice(_VALUES))
    elif way == 1:
        del inner[key]
    elif isinstance(inner, list):
        inner.insert(key, inner[key])
    else:
        inner[random.choice(("new", "world", "clock", "mirrored"))] = inner[key]
