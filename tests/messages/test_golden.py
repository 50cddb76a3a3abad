"""The golden files: what is encoded never changes, and both languages read the same in it."""

import json
import struct
from typing import Any

import pytest

from tests.harness.node import Node
from tests.messages.golden import FOLDER, FORMATS, POSES, shape
from tests.messages.javascript import show

EACH = pytest.mark.parametrize("kind", FORMATS)
NAMED = pytest.mark.parametrize("name", POSES)


def data(name: str, kind: str) -> bytes:
    return (FOLDER / f"{name}{FORMATS[kind][0]}").read_bytes()


def decoded(name: str, kind: str) -> Any:
    return json.loads((FOLDER / f"{name}.decoded.json").read_text())[kind]


def test_every_file_belongs_to_a_pose() -> None:
    suffixes = [suffix for suffix, _, _ in FORMATS.values()]
    wanted = {f"{name}{suffix}" for name in POSES for suffix in [*suffixes, ".decoded.json"]}
    assert {path.name for path in FOLDER.iterdir()} == wanted


@EACH
@NAMED
def test_the_encoder_still_writes_these_bytes(name: str, kind: str) -> None:
    assert FORMATS[kind][1](POSES[name]) == data(name, kind)


@EACH
@NAMED
def test_the_decoder_in_python_reads_them(name: str, kind: str) -> None:
    assert shape(FORMATS[kind][2](data(name, kind))) == decoded(name, kind)


def test_the_decoders_in_javascript_read_them(node: Node) -> None:
    keys = [(name, kind) for name in POSES for kind in FORMATS]
    answers = show(node, [(kind, data(name, kind)) for name, kind in keys])
    for (name, kind), answer in zip(keys, answers, strict=True):
        assert answer == {"pose": decoded(name, kind)}, (name, kind)


def test_byte_by_byte_by_hand() -> None:
    # Nothing of the encoder here: offsets and types stand as in the table of the format.
    got = data("everything", "packed")
    header = bytes.fromhex(
        "e9 01 0f 02"  # magic, version, all four flags, two people
        "0d 0c 0b 0a"  # seq
        "77 66 55 44 33 22 11 00"  # unix_us
        "13 12 15 14"  # width, height
        "9c 01"  # 412 tenths of a millisecond
        "11 01"  # 17 landmarks, set 1
        "11 10 0f 0e"  # frame
        "00 00 00 00"  # reserved
    )
    assert got[:32] == header
    each = 8 + 17 * 8 + 17 * 6
    assert len(got) == 32 + 2 * each
    for person, number in enumerate((1, 4)):
        at = 32 + person * each
        assert got[at : at + 8] == bytes([number, 3, 2, 1, number, number, 0, 0])
        for i in range(17):
            wanted = (1000 * number + i, -200 * i, i - 8, 255 - 15 * i, 15 * i)
            assert struct.unpack_from("<hhhBB", got, at + 8 + 8 * i) == wanted
            metres = struct.unpack_from("<hhh", got, at + 8 + 17 * 8 + 6 * i)
            assert metres == (i, -i, number)


def test_what_is_out_of_range_saturates_in_packed() -> None:
    [person] = decoded("saturating", "packed")["people"]
    assert person["landmarks"][16] == [-2.0, 32767 / 16384, -2.0, 1.0, 0.0]
    assert person["world"][16] == [3.2767, -3.2768, 0.0]
    assert decoded("saturating", "packed")["latency_ms"] == 6553.5
    assert decoded("saturating", "packed")["unix_us"] == 2**53 - 1
