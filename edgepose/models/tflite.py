"""Reads the shapes of a TensorFlow Lite file, and adds the metadata that MediaPipe asks for.

Owns the byte layout: a TFLite file and its metadata are FlatBuffers, and this module reads and
writes as much of the two schemas as the job needs, with the standard library alone. Opens no
files and knows no particular model: the caller checks what it feeds in.
Runs on the caller's thread. Raises ValueError for a file it cannot extend without losing some.

Field numbers are the order of declaration in `schema.fbs` (TensorFlow Lite, version 3) and in
`metadata_schema.fbs` (identifier M001). Layout: "FlatBuffer Internals" of the FlatBuffers manual.
"""

import struct

ALIGNMENT = 64
"""Bytes, TFLite's own tensor alignment. MediaPipe maps weights in place where each lies on its
element's size (4 seen) and copies them to the heap with a warning where it does not."""

_VERSION, _METADATA_BUFFER, _FIRST_UNKNOWN_FIELD = 0, 5, 7
_OPERATOR_CODES, _SUBGRAPHS, _DESCRIPTION, _BUFFERS, _METADATA = 1, 2, 3, 4, 6
_FLOAT32 = 0
_TYPES = {1: "float16", 2: "int32", 3: "uint8", 9: "int8"}
"""What `TensorType` calls those that networks are commonly made of."""
_METADATA_NAME = b"TFLITE_METADATA"
_NORMALIZATION_OPTIONS = 1
_PARSER_VERSION = b"1.0.0"


class _Reader:
    """Follows the offsets of a FlatBuffer; every position is in bytes from its start."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def number(self, position: int) -> int:
        return int.from_bytes(self.data[position : position + 4], "little")

    def follow(self, slot: int) -> int:
        return slot + self.number(slot)

    def slots(self, table: int) -> list[int | None]:
        """Where the table holds each of its fields, None for one left out."""
        (back,) = struct.unpack_from("<i", self.data, table)
        (size,) = struct.unpack_from("<H", self.data, table - back)
        offsets = struct.unpack_from(f"<{size // 2 - 2}H", self.data, table - back + 4)
        return [table + offset if offset else None for offset in offsets]

    def vector(self, slot: int | None) -> list[int]:
        """The slots of a vector of offsets."""
        if slot is None:
            return []
        start = self.follow(slot)
        count = self.number(start)
        # A damaged one may claim more than memory holds.
        if count > len(self.data) // 4:
            raise ValueError("not a whole TensorFlow Lite file")
        return [start + 4 + 4 * n for n in range(count)]

    def numbers(self, slot: int | None) -> list[int]:
        """A vector of 32-bit numbers."""
        return [self.number(each) for each in self.vector(slot)]

    def text(self, slot: int | None) -> bytes:
        if slot is None:
            return b""
        start = self.follow(slot)
        return self.data[start + 4 : start + 4 + self.number(start)]


class _Writer:
    """Lays a FlatBuffer out from front to back; a slot is filled once its target has a place."""

    def __init__(self, identifier: bytes) -> None:
        self.out = bytearray(4) + identifier
        self.root = 0

    def pad(self, alignment: int, ahead: int = 0) -> None:
        """Fill up, so that what comes `ahead` bytes later is aligned."""
        self.out += bytes(-(len(self.out) + ahead) % alignment)

    def link(self, slot: int, target: int) -> None:
        struct.pack_into("<I", self.out, slot, target - slot)

    def table(self, slot: int, *fields: int | None) -> list[int]:
        """A table of 32-bit fields, None for one left out; returns the slot of each field."""
        offsets, size = [], 4
        for field in fields:
            offsets.append(0 if field is None else size)
            size += 0 if field is None else 4
        vtable = struct.pack(f"<{2 + len(offsets)}H", 4 + 2 * len(offsets), size, *offsets)
        self.pad(4, len(vtable))
        self.out += vtable
        start = len(self.out)
        self.link(slot, start)
        self.out += struct.pack("<i", len(vtable))
        for field in fields:
            self.out += b"" if field is None else struct.pack("<I", field)
        return [start + offset for offset in offsets]

    def block(self, slot: int, data: bytes, width: int = 1, alignment: int = 4) -> int:
        """A vector of `width` bytes an element, and a zero behind it as strings have."""
        self.pad(alignment, 4)
        self.link(slot, len(self.out))
        self.out += struct.pack("<I", len(data) // width)
        first = len(self.out)
        self.out += data + b"\0"
        return first

    def vector(self, slot: int, count: int) -> range:
        """The slots of a new vector of offsets."""
        first = self.block(slot, bytes(4 * count), 4)
        return range(first, first + 4 * count, 4)


def shapes(model: bytes) -> tuple[list[tuple[int, ...]], list[tuple[int, ...]]]:
    """The shapes of the tensors that a network takes and of those that it gives, in its order.

    ValueError: not a TFLite file, or not a whole one, or one of other numbers than float32.
    """
    reader = _Reader(model)
    if model[4:8] != b"TFL3":
        raise ValueError("not a TensorFlow Lite file")
    try:
        graphs = reader.vector(reader.slots(reader.follow(0))[_SUBGRAPHS])
        tensors, *ends = reader.slots(reader.follow(graphs[0]))[:3]
        places = [reader.follow(slot) for slot in reader.vector(tensors)]
        fields = [[reader.slots(places[n])[:2] for n in reader.numbers(end)] for end in ends]
        taken, given = ([tuple(reader.numbers(shape)) for shape, _ in end] for end in fields)
        kinds = {model[kind] for end in fields for _, kind in end if kind is not None}
    except (struct.error, IndexError, TypeError, ValueError) as error:
        raise ValueError("not a whole TensorFlow Lite file") from error
    if other := kinds - {_FLOAT32}:
        found = ", ".join(_TYPES.get(kind, f"type {kind}") for kind in sorted(other))
        raise ValueError(f"a network of {found} numbers, expected float32")
    return taken, given


def normalization(mean: float, std: float) -> bytes:
    """The metadata of a network that takes one picture: value = (pixel - mean) / std.

    `mean` and `std` are in units of a pixel, 0 to 255, and hold for all three channels.
    """
    writer = _Writer(b"M001")
    model = writer.table(writer.root, None, None, None, 0, None, None, None, 0)
    writer.block(model[7], _PARSER_VERSION)
    subgraph = writer.table(writer.vector(model[3], 1)[0], None, None, 0)
    tensor = writer.table(writer.vector(subgraph[2], 1)[0], None, None, None, None, 0)
    unit = writer.table(writer.vector(tensor[4], 1)[0], _NORMALIZATION_OPTIONS, 0)
    options = writer.table(unit[1], 0, 0)
    writer.block(options[0], struct.pack("<f", mean), 4)
    writer.block(options[1], struct.pack("<f", std), 4)
    return bytes(writer.out)


def with_metadata(model: bytes, metadata: bytes) -> bytes:
    """The same network with `metadata` in it.

    A new root goes before the old file, which follows byte for byte: FlatBuffer offsets only
    point forward, so the new root refers to the old graph and the old weights where they are.
    ValueError: not a TFLite file, one that has such metadata, or a root with unknown fields.
    """
    reader = _Reader(model)
    if model[4:8] != b"TFL3":
        raise ValueError("not a TensorFlow Lite file")
    old = reader.slots(reader.follow(0))
    old += [None] * (_FIRST_UNKNOWN_FIELD - len(old))
    if any(old[_FIRST_UNKNOWN_FIELD:]):
        raise ValueError("the model's root has fields that would be lost")
    buffers = [reader.follow(slot) for slot in reader.vector(old[_BUFFERS])]
    entries = [reader.follow(slot) for slot in reader.vector(old[_METADATA])]
    if any(reader.text(reader.slots(entry)[0]) == _METADATA_NAME for entry in entries):
        raise ValueError("the model has metadata already")

    writer = _Writer(b"TFL3")
    kept = [n for n in (_OPERATOR_CODES, _SUBGRAPHS, _DESCRIPTION, _METADATA_BUFFER) if old[n]]
    fields = [0 if n in (_BUFFERS, _METADATA, *kept) else None for n in range(7)]
    fields[_VERSION] = reader.number(old[_VERSION] or 0)
    root = writer.table(writer.root, *fields)
    buffer_slots = writer.vector(root[_BUFFERS], len(buffers) + 1)
    entry_slots = writer.vector(root[_METADATA], len(entries) + 1)
    entry = writer.table(entry_slots[-1], 0, len(buffers))
    writer.block(entry[0], _METADATA_NAME)
    writer.block(writer.table(buffer_slots[-1], 0)[0], metadata, alignment=ALIGNMENT)
    writer.pad(ALIGNMENT)

    moved = len(writer.out)
    for n in kept:
        writer.link(root[n], moved + reader.follow(old[n] or 0))
    for slot, target in zip(buffer_slots[:-1], buffers, strict=True):
        writer.link(slot, moved + target)
    for slot, target in zip(entry_slots[:-1], entries, strict=True):
        writer.link(slot, moved + target)
    return bytes(writer.out) + model
