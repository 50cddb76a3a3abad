"""A tiny TensorFlow Lite file, written by MediaPipe's own schema classes, and their readers.

The classes are loaded by file: their package would load MediaPipe's native library.
"""

import importlib.util
from pathlib import Path
from types import ModuleType

import flatbuffers

WEIGHTS = bytes(range(64))


def schema(name: str) -> ModuleType:
    """MediaPipe's generated classes of a FlatBuffers schema."""
    package = importlib.util.find_spec("mediapipe")
    assert package is not None
    assert package.origin is not None
    path = Path(package.origin).parent / "tasks" / "metadata" / f"{name}_py_generated.py"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def tiny_network(name: bytes = b"min_runtime_version") -> bytes:
    """One subgraph of one tensor with WEIGHTS, and one metadata entry called `name`."""
    tflite = schema("schema")
    model = tflite.ModelT()
    model.version = 3
    model.description = "tiny"
    tensor = tflite.TensorT()
    tensor.name, tensor.shape, tensor.buffer = "weights", [64], 1
    graph = tflite.SubGraphT()
    graph.name, graph.tensors, graph.inputs, graph.outputs, graph.operators = (
        "main",
        [tensor],
        [0],
        [0],
        [],
    )
    model.subgraphs = [graph]
    model.operatorCodes = [tflite.OperatorCodeT()]
    model.buffers = [tflite.BufferT(), tflite.BufferT(), tflite.BufferT()]
    model.buffers[1].data = list(WEIGHTS)
    model.buffers[2].data = list(b"1.5.0")
    entry = tflite.MetadataT()
    entry.name, entry.buffer = name, 2
    model.metadata = [entry]
    builder = flatbuffers.Builder()
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())
