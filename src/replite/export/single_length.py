"""A file for clients that refuse several subgraphs, as MediaPipe's classifiers do: each input length is one."""

import io
import zipfile
from typing import Any

from replite.export import tflite
from replite.export.errors import ExportError
from replite.export.metadata import LABELS, VOCABULARY, with_files


def single_length(flatbuffer: bytes) -> bytes:
    """A file that `metadata.with_metadata` gave, with its first subgraph alone, the longest length. Raises `ExportError`."""
    model = tflite.read(flatbuffer)
    model.subgraphs = model.subgraphs[:1]
    model.signatureDefs = [signature for signature in model.signatureDefs if signature.subgraphIndex == 0]
    _empty_unused(model)
    return with_files(tflite.write(model), {name: _stored(flatbuffer, name) for name in (LABELS, VOCABULARY)})


def _stored(flatbuffer: bytes, name: str) -> bytes:
    """The file of that name in the archive behind a model, which `metadata.with_files` does not compress."""
    try:
        with zipfile.ZipFile(io.BytesIO(flatbuffer)) as archive:
            entry = archive.getinfo(name)
            if entry.file_size > len(flatbuffer):
                raise ValueError("it is larger than the model")
            return archive.read(name)
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise ExportError(f"the archive behind the model has no whole {name} ({error}); export it again") from None


def _empty_unused(model: Any) -> None:
    """Empty the buffers that only other lengths read."""
    used = {tensor.buffer for tensor in model.subgraphs[0].tensors} | {entry.buffer for entry in model.metadata}
    for index, buffer in enumerate(model.buffers):
        if index not in used:
            buffer.data = None
