"""A file for clients that refuse several subgraphs, as MediaPipe's classifiers do: each input length is one."""

from __future__ import annotations

import io
import zipfile
from typing import Any

from replite.export import tflite
from replite.export.metadata import with_files


def single_length(flatbuffer: bytes) -> bytes:
    """A file that `metadata.with_metadata` gave, with its first subgraph alone: the longest input length."""
    model = tflite.read(flatbuffer)
    model.subgraphs = model.subgraphs[:1]
    model.signatureDefs = [signature for signature in model.signatureDefs if signature.subgraphIndex == 0]
    _empty_unused(model)
    with zipfile.ZipFile(io.BytesIO(flatbuffer)) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return with_files(tflite.write(model), files)


def _empty_unused(model: Any) -> None:
    """Empty the buffers that only other lengths read."""
    used = {tensor.buffer for tensor in model.subgraphs[0].tensors} | {entry.buffer for entry in model.metadata}
    for index, buffer in enumerate(model.buffers):
        if index not in used:
            buffer.data = None
