"""Run by MediaPipe's own Python: takes a model and, on standard input, a JSON list of texts.

Prints JSON: `metadata`, read through MediaPipe's schema, and `scores`: each text's scores by label.
"""

import json
import sys
from pathlib import Path
from typing import Any

from mediapipe.tasks.metadata.metadata_schema_py_generated import ModelMetadata, ModelMetadataT  # type: ignore[import-not-found]
from mediapipe.tasks.metadata.schema_py_generated import Model  # type: ignore[import-not-found]
from mediapipe.tasks.python import BaseOptions, text  # type: ignore[import-not-found]


def scores(path: str, texts: list[str]) -> list[dict[str, float]]:
    options = text.TextClassifierOptions(base_options=BaseOptions(model_asset_path=path))
    with text.TextClassifier.create_from_options(options) as classifier:
        found = [classifier.classify(tweet).classifications[0].categories for tweet in texts]
    return [{category.category_name: category.score for category in categories} for categories in found]


def metadata(path: str) -> dict[str, Any]:
    model = Model.GetRootAs(Path(path).read_bytes())
    entries = [model.Metadata(index) for index in range(model.MetadataLength())]
    [entry] = [entry for entry in entries if entry.Name() == b"TFLITE_METADATA"]
    content = model.Buffers(entry.Buffer()).DataAsNumpy().tobytes()
    assert ModelMetadata.ModelMetadataBufferHasIdentifier(content, 0)
    fields = ModelMetadataT.InitFromObj(ModelMetadata.GetRootAs(content))
    [subgraph] = fields.subgraphMetadata
    return {
        "name": fields.name.decode(),
        "description": fields.description.decode(),
        "license": fields.license.decode(),
        "parser": fields.minParserVersion.decode(),
        "inputs": [tensor.name.decode() for tensor in subgraph.inputTensorMetadata],
        "files": [file.name.decode() for file in subgraph.outputTensorMetadata[0].associatedFiles],
    }


if __name__ == "__main__":
    print(json.dumps({"metadata": metadata(sys.argv[1]), "scores": scores(sys.argv[1], json.load(sys.stdin))}))
