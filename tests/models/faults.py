"""Bundles with something wrong in them, made from the networks of the real one."""

import os
import stat
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np

from edgepose.models.bundle import PARTS, Networks, pack
from tests.models.network import schema

DETECTOR, LANDMARKS = PARTS
INT8 = 9
"""schema.fbs, TensorType."""


def altered(network: bytes, change: Callable[[Any], None]) -> bytes:
    """The network after `change` of its model, as MediaPipe's own schema classes hold it."""
    tflite = schema("schema")
    model = tflite.ModelT.InitFromPackedBuf(network)
    change(model)
    builder = flatbuffers.Builder(len(network))
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def write(path: Path, detector: bytes, landmarks: bytes) -> None:
    path.write_bytes(pack({DETECTOR: detector, LANDMARKS: landmarks}))


def taking(*shape: int) -> Callable[[Any], None]:
    """Change the shape of what the network takes."""

    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.tensors[graph.inputs[0]].shape = list(shape)

    return change


def giving(output: int, *shape: int) -> Callable[[Any], None]:
    """Change the shape of one of the tensors that the network gives."""

    def change(model: Any) -> None:
        graph = model.subgraphs[0]
        graph.tensors[graph.outputs[output]].shape = list(shape)

    return change


def of_other_numbers(model: Any) -> None:
    graph = model.subgraphs[0]
    graph.tensors[graph.outputs[0]].type = INT8


def without_its_last_weights(model: Any) -> None:
    """Nothing that shows in the shapes."""
    graph = model.subgraphs[0]
    for operator in reversed(graph.operators):
        for tensor in (graph.tensors[n] for n in operator.inputs):
            data = model.buffers[tensor.buffer].data
            if data is not None and np.size(data) > 100:
                tensor.buffer = 0
                return


def _cut(path: Path, real: Networks, kept: float) -> None:
    write(path, real.detector, real.landmarks)
    os.truncate(path, int(kept * path.stat().st_size))


def _zipped(path: Path, parts: dict[str, bytes], method: int = zipfile.ZIP_STORED) -> None:
    with zipfile.ZipFile(path, "w", method) as out:
        for name, content in parts.items():
            out.writestr(name, content)


def _flipped(path: Path, real: Networks) -> None:
    write(path, real.detector, real.landmarks)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


def _encrypted(path: Path, real: Networks) -> None:
    write(path, real.detector, real.landmarks)
    content = bytearray(path.read_bytes())
    # The flag in the first entry, of the file and of its directory.
    content[6] |= 1
    content[content.index(b"PK\1\2") + 8] |= 1
    path.write_bytes(content)


NO_BUNDLE = "it is no whole bundle, a zip was expected"

FAULTS: dict[str, tuple[Callable[[Path, Networks], object], str]] = {
    "missing": (lambda *_: None, "it cannot be read (No such file or directory)"),
    "a folder": (lambda path, _: path.mkdir(), "it cannot be read (Is a directory)"),
    # Root may read everything else.
    "unreadable": (
        lambda path, _: os.mknod(path, stat.S_IFSOCK | 0o600),
        "it cannot be read (No such device or address)",
    ),
    "empty": (lambda path, _: path.write_bytes(b""), NO_BUNDLE),
    "no zip": (lambda path, _: path.write_bytes(b"not a bundle" * 1000), NO_BUNDLE),
    "cut in half": (lambda path, real: _cut(path, real, 0.5), NO_BUNDLE),
    "without its end": (lambda path, real: _cut(path, real, 0.999), NO_BUNDLE),
    "one bit flipped": (_flipped, f"{NO_BUNDLE} (Bad CRC-32 for file '{LANDMARKS}')"),
    "encrypted": (_encrypted, f"{NO_BUNDLE} (File '{DETECTOR}' is encrypted"),
    "compressed": (
        lambda path, real: _zipped(
            path,
            {DETECTOR: real.detector[:1000], LANDMARKS: real.landmarks[:1000]},
            zipfile.ZIP_DEFLATED,
        ),
        f"its {DETECTOR} is compressed, expected as it is",
    ),
    "nothing in it": (
        lambda path, _: _zipped(path, {}),
        f"it holds nothing, expected {DETECTOR} and {LANDMARKS}",
    ),
    "lacks a network": (
        lambda path, real: path.write_bytes(pack({DETECTOR: real.detector})),
        f"it holds {DETECTOR}, expected {DETECTOR} and {LANDMARKS}",
    ),
    "another task's": (
        lambda path, real: path.write_bytes(
            pack({"hand_landmarks_detector.tflite": b"", "hand_detector.tflite": real.detector})
        ),
        "it holds hand_detector.tflite, hand_landmarks_detector.tflite, expected pose_",
    ),
    "names of any kind": (
        lambda path, _: _zipped(path, {"a\nb\x1b[2J": b"", "x" * 5000: b""}),
        "it holds a?b?[2J, xxx",
    ),
    "networks swapped": (
        lambda path, real: write(path, real.landmarks, real.detector),
        f"its {DETECTOR} takes 1x256x256x3, expected 1x224x224x3",
    ),
    "no networks": (
        lambda path, real: write(path, b"not a network", real.landmarks),
        f"its {DETECTOR} is not a TensorFlow Lite file",
    ),
    "a network cut short": (
        lambda path, real: write(path, real.detector, real.landmarks[: len(real.landmarks) // 2]),
        f"its {LANDMARKS} is not a whole TensorFlow Lite file",
    ),
    "takes another shape": (
        lambda path, real: write(
            path, altered(real.detector, taking(1, 192, 192, 3)), real.landmarks
        ),
        f"its {DETECTOR} takes 1x192x192x3, expected 1x224x224x3",
    ),
    "gives another shape": (
        lambda path, real: write(
            path, altered(real.detector, giving(0, 1, 896, 16)), real.landmarks
        ),
        f"its {DETECTOR} gives 1x896x16, 1x2254x1, expected 1x2254x12, 1x2254x1",
    ),
    "fewer landmarks": (
        lambda path, real: write(path, real.detector, altered(real.landmarks, giving(4, 1, 99))),
        f"its {LANDMARKS} gives 1x195, 1x1, 1x256x256x1, 1x64x64x39, 1x99, expected",
    ),
    "other numbers": (
        lambda path, real: write(path, real.detector, altered(real.landmarks, of_other_numbers)),
        f"its {LANDMARKS} is a network of int8 numbers, expected float32",
    ),
}
"""What is wrong with a bundle; how to make one; and what is said of it."""
