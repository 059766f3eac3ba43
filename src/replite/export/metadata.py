"""TFLite metadata: a file says itself what it is and carries its labels and vocabulary, as MediaPipe's TextClassifier wants it.

Metadata is a FlatBuffer of its own (MediaPipe's mediapipe/tasks/metadata/metadata_schema.fbs) in the model's buffer named
TFLITE_METADATA. The files it names are an uncompressed ZIP archive behind the model, which runtimes do not look at.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Literal, TypeAlias

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

from replite.export import tflite
from replite.records.train import Preprocessing

LABELS = "labels.txt"
VOCABULARY = "vocab.txt"

_BUFFER_NAME = b"TFLITE_METADATA"
_IDENTIFIER = b"M001"
_PARSER_VERSION = "1.1.0"
"""The schema's first version with a tokenizer."""

_TENSORS = {
    "input_ids": ("ids", "Indices of the word pieces in the vocabulary."),
    "attention_mask": ("mask", "1 where there is a word piece, 0 where there is padding."),
    "token_type_ids": ("segment_ids", "1 for the second part of a pair, or as the model's description says, else 0."),
}
"""The names by which clients know a BERT's inputs, and what they are."""


@dataclass(frozen=True)
class About:
    """A file's description of itself."""

    name: str
    description: str
    """Its purpose, its making and its input."""
    license: str
    labels: Sequence[str]
    """Meaning of the output's columns."""
    output: str
    vocabulary: Sequence[str]
    """The lines of vocab.txt."""
    tokenizer: Literal["wordpiece", "bpe", "hashed"] = "wordpiece"
    """The tokenizer of the vocabulary. Clients know the first alone."""


def description(
    dataset: str,
    variant: str,
    quantization: str,
    preprocessing: Preprocessing,
    *,
    means: str,
    batch_size: int,
    trained: bool = False,
) -> str:
    """The description of an exported file: its purpose, its making, and the input that clients have to make.

    `means` says what its output is.
    """
    reads = "a topic and a text about it" if preprocessing.input == "pair" else "a text"
    sentences = [
        f"Reads {reads}. {means}",
        f"{'Fine-tuned elsewhere, checked' if trained else 'Fine-tuned'} on {dataset}; variant {variant} ({quantization}).",
        f"Up to {preprocessing.max_length} word pieces.",
    ]
    if preprocessing.capitals:
        sentences.append("Segment ids are 1 for the word pieces of a word with a capital.")
    if batch_size > 1:
        sentences.append(f"Takes {batch_size} texts at once.")
    removed = [name for name in ("urls", "symbols", "punctuation") if getattr(preprocessing.cleaning, name)]
    if preprocessing.cleaning.enabled and removed:
        sentences.append(f"{'Checked' if trained else 'Trained'} on texts without {', '.join(removed)}: remove them first.")
    if not preprocessing.tokenizer.lowercase:
        sentences.append("The vocabulary is cased.")
    return " ".join(sentences)


def with_metadata(flatbuffer: bytes, about: About) -> bytes:
    """The same model, which has none yet, with metadata on its first subgraph: the one that clients run."""
    model = tflite.read(flatbuffer)
    entry, buffer = schema.MetadataT(), schema.BufferT()
    buffer.data = np.frombuffer(_metadata(model.subgraphs[0], about), dtype=np.uint8)
    model.buffers.append(buffer)
    entry.name, entry.buffer = _BUFFER_NAME, len(model.buffers) - 1
    model.metadata = [*(model.metadata or []), entry]
    files = {LABELS: about.labels, VOCABULARY: about.vocabulary}
    return with_files(
        tflite.write(model), {name: "".join(f"{line}\n" for line in lines).encode() for name, lines in files.items()}
    )


def with_files(flatbuffer: bytes, files: Mapping[str, bytes]) -> bytes:
    """The model and behind it the files; equal contents give equal bytes."""
    content = io.BytesIO()
    content.write(flatbuffer)
    with zipfile.ZipFile(content, "a") as archive:
        for name, file in files.items():
            archive.writestr(zipfile.ZipInfo(name), file)  # of 1980, always
    return content.getvalue()


# ---------------------------------------------------------------------------------------------------------- the schema
# A table's fields are numbered in the order in which the schema declares them; a union takes two numbers, its type comes first.


class _Model(IntEnum):
    NAME, DESCRIPTION, _VERSION, SUBGRAPHS, _AUTHOR, LICENSE, FILES, PARSER_VERSION = range(8)


class _Subgraph(IntEnum):
    _NAME, _DESCRIPTION, INPUTS, OUTPUTS, _FILES, INPUT_PROCESSING = range(6)


class _Tensor(IntEnum):
    NAME, DESCRIPTION, _DIMENSIONS, CONTENT, _PROCESSING, _STATISTICS, FILES = range(7)


class _Union(IntEnum):
    """A table with a union as its first field: Content, ProcessUnit."""

    TYPE, VALUE = range(2)


class _File(IntEnum):
    NAME, DESCRIPTION, TYPE = range(3)


class _FileType(IntEnum):
    TENSOR_AXIS_LABELS = 2
    VOCABULARY = 5


_FEATURE_PROPERTIES = 1
_BERT_TOKENIZER_OPTIONS = 4

_Fields: TypeAlias = "Mapping[int, str | int | _Fields | Sequence[_Fields]]"
"""A table by its fields' numbers; whole numbers are the schema's one-byte enumerations."""


def _metadata(graph: Any, about: About) -> bytes:
    """The metadata of a model whose first subgraph is `graph`."""
    labels: _Fields = {
        _File.NAME: LABELS, _File.DESCRIPTION: "Meaning of the columns.", _File.TYPE: _FileType.TENSOR_AXIS_LABELS,
    }  # fmt: skip
    vocabulary: _Fields = {
        _File.NAME: VOCABULARY, _File.DESCRIPTION: "The word pieces.", _File.TYPE: _FileType.VOCABULARY,
    }  # fmt: skip
    tokenizer: _Fields = {_Union.TYPE: _BERT_TOKENIZER_OPTIONS, _Union.VALUE: {0: [vocabulary]}}
    known = about.tokenizer == "wordpiece"
    inputs = [_tensor(*_input(graph.tensors[index].name.decode())) for index in graph.inputs]
    output = _tensor("probability", about.output, labels)
    subgraph: _Fields = {
        _Subgraph.INPUTS: inputs,
        _Subgraph.OUTPUTS: [output],
        _Subgraph.INPUT_PROCESSING: [tokenizer] if known else [],
    }
    model: _Fields = {
        _Model.NAME: about.name,
        _Model.DESCRIPTION: about.description,
        _Model.SUBGRAPHS: [subgraph],
        _Model.LICENSE: about.license,
        _Model.FILES: [] if known else [vocabulary],
        _Model.PARSER_VERSION: _PARSER_VERSION,
    }
    builder = flatbuffers.Builder()
    builder.Finish(_write(builder, model), file_identifier=_IDENTIFIER)
    return bytes(builder.Output())


def _input(tensor: str) -> tuple[str, str]:
    """Name and description of the input whose tensor is called `tensor`."""
    return next(known for name, known in _TENSORS.items() if name in tensor)


def _tensor(name: str, meaning: str, *files: _Fields) -> _Fields:
    content: _Fields = {_Union.TYPE: _FEATURE_PROPERTIES, _Union.VALUE: {}}
    return {_Tensor.NAME: name, _Tensor.DESCRIPTION: meaning, _Tensor.CONTENT: content, _Tensor.FILES: files}


def _write(builder: Any, value: str | _Fields | Sequence[_Fields]) -> int:
    """Write a string, a table or a vector of tables and return its offset. A FlatBuffer is written leaves first."""
    if isinstance(value, str):
        return int(builder.CreateString(value))
    if not isinstance(value, Mapping):
        return _write_vector(builder, [_write(builder, table) for table in value])
    offsets = {field: _write(builder, part) for field, part in value.items() if not isinstance(part, int)}
    builder.StartObject(max(value, default=-1) + 1)
    for field, part in value.items():
        if isinstance(part, int):
            builder.PrependInt8Slot(field, part, 0)
        else:
            builder.PrependUOffsetTRelativeSlot(field, offsets[field], 0)
    return int(builder.EndObject())


def _write_vector(builder: Any, offsets: list[int]) -> int:
    size = flatbuffers.number_types.UOffsetTFlags.bytewidth
    builder.StartVector(size, len(offsets), size)
    for offset in reversed(offsets):
        builder.PrependUOffsetTRelative(offset)
    return int(builder.EndVector())
