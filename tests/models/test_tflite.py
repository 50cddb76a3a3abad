"""The metadata that edgepose writes is what MediaPipe's own schema classes read."""

import flatbuffers
import pytest

from edgepose.models import tflite
from tests.models.network import WEIGHTS, schema, tiny_network


def test_the_normalization_reads_back_with_the_official_schema() -> None:
    written = tflite.normalization(127.5, 255.0)
    metadata = schema("metadata_schema")
    assert metadata.ModelMetadata.ModelMetadataBufferHasIdentifier(written, 0)
    read = metadata.ModelMetadataT.InitFromObj(
        metadata.ModelMetadata.GetRootAsModelMetadata(written, 0)
    )
    assert read.minParserVersion == b"1.0.0"
    (unit,) = read.subgraphMetadata[0].inputTensorMetadata[0].processUnits
    assert unit.optionsType == metadata.ProcessUnitOptions.NormalizationOptions
    assert list(unit.options.mean) == [127.5]
    assert list(unit.options.std) == [255.0]


def test_the_network_is_the_same_with_one_metadata_entry_more() -> None:
    old = tiny_network()
    new = tflite.with_metadata(old, b"what we say")
    assert new.endswith(old)
    assert (len(new) - len(old)) % tflite.ALIGNMENT == 0
    read = schema("schema")
    model = read.Model.GetRootAsModel(new, 0)
    assert model.Version() == 3
    assert model.Description() == b"tiny"
    assert model.OperatorCodesLength() == 1
    assert model.Subgraphs(0).Tensors(0).Name() == b"weights"
    weights = model.Buffers(model.Subgraphs(0).Tensors(0).Buffer())
    assert bytes(weights.DataAsNumpy()) == WEIGHTS
    entries = {
        model.Metadata(n).Name(): bytes(model.Buffers(model.Metadata(n).Buffer()).DataAsNumpy())
        for n in range(model.MetadataLength())
    }
    assert entries == {b"min_runtime_version": b"1.5.0", b"TFLITE_METADATA": b"what we say"}


def test_a_network_that_has_metadata_is_refused() -> None:
    with pytest.raises(ValueError, match="metadata already"):
        tflite.with_metadata(tiny_network(b"TFLITE_METADATA"), b"")


def test_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match="not a TensorFlow Lite file"):
        tflite.with_metadata(b"PK\3\4 something else", b"")


def test_a_root_with_unknown_fields_is_refused() -> None:
    signed = schema("schema").ModelT.InitFromPackedBuf(tiny_network())
    signed.signatureDefs = [schema("schema").SignatureDefT()]
    builder = flatbuffers.Builder()
    builder.Finish(signed.Pack(builder), b"TFL3")
    with pytest.raises(ValueError, match="would be lost"):
        tflite.with_metadata(bytes(builder.Output()), b"")
