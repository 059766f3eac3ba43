"""The whole job of the stage: convert, describe, check against the float model, and only then give the file its name."""

from __future__ import annotations

import importlib.metadata
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from replite import config
from replite.data.splits import load_split
from replite.export.check import compare, run
from replite.export.convert import convert
from replite.export.errors import ExportError
from replite.export.flatbuffer import describe
from replite.export.runtimes import refusals
from replite.files import sha256
from replite.records import Fidelity, Manifest, Record
from replite.train.checkpoint import Classifier, load
from replite.train.encoding import encode
from replite.train.predict import predict
from replite.train.vocabulary import pieces

WEIGHT_TYPES = {"fp32": "FLOAT32", "fp16": "FLOAT16", "dynamic_int8": "INT8"}
"""The type of weights that a file has to hold, by its quantization."""

PACKAGES = ("tensorflow-cpu", "transformers", "ai-edge-litert", "numpy")


class ExportJob(Record):
    """All that decides the outcome of an export beside the checkpoint and the validation tweets."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    variant: str
    """The variant's name."""
    entry: config.Variant
    """The variant's entry."""
    settings: config.Export
    """How the file is checked."""

    @property
    def name(self) -> str:
        """What messages call the job."""
        return f"{self.dataset}/{self.model}/{self.variant}"

    @property
    def minimum_agreement(self) -> float:
        """Share of validation tweets on which file and float model must agree."""
        return self.settings.minimum_agreement if self.entry.minimum_agreement is None else self.entry.minimum_agreement


def export(job: ExportJob, checkpoint: Path, validation: Path, output: Path) -> None:
    """Write model.tflite, vocab.txt and manifest.json to `output`.

    Raises `ExportError` with the figures, and writes nothing, if the file disagrees with the float model.
    """
    classifier = load(checkpoint)
    print(f"{job.name}: converting {classifier.parameters:,} parameters", flush=True)
    tweets = load_split(validation).head(job.settings.check_tweets)
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=output) as temporary:
        draft = Path(temporary)
        (draft / "model.tflite").write_bytes(convert(classifier.model, classifier.preprocessing.max_length, job.entry))
        (draft / "vocab.txt").write_text("\n".join(pieces(classifier.tokenizer)) + "\n", encoding="utf-8")
        manifest = _describe(job, classifier, draft)
        manifest.fidelity.append(_check(job, classifier, manifest, draft, tweets))
        manifest.write(draft / "manifest.json")
        for name in ("model.tflite", "vocab.txt", "manifest.json"):
            os.replace(draft / name, output / name)


def _describe(job: ExportJob, classifier: Classifier, folder: Path) -> Manifest:
    description = describe(folder / "model.tflite")
    if WEIGHT_TYPES[job.entry.quantization] not in description.weight_types:
        raise ExportError(
            f"{job.name}: the converter quantized nothing: the file holds no {WEIGHT_TYPES[job.entry.quantization]} weights "
            "(it leaves tensors of fewer than 1,024 elements as they are)"
        )
    return Manifest(
        dataset=job.dataset,
        model=job.model,
        variant=job.variant,
        quantization=job.entry.quantization,
        sha256=sha256(folder / "model.tflite"),
        model_bytes=(folder / "model.tflite").stat().st_size,
        parameters=classifier.parameters,
        vocabulary_sha256=sha256(folder / "vocab.txt"),
        labels=classifier.labels,
        inputs=description.inputs,
        output=description.output,
        preprocessing=classifier.preprocessing,
        operators=description.operators,
        fidelity=[],
        refused_by=refusals(description.operators),
        packages={package: importlib.metadata.version(package) for package in PACKAGES},
    )


def _check(job: ExportJob, classifier: Classifier, manifest: Manifest, folder: Path, tweets: pd.DataFrame) -> Fidelity:
    """Compare the file in `folder` with the float model. Raises `ExportError` below the configured agreement."""
    encoded = encode(tweets, classifier.tokenizer, classifier.preprocessing)
    reference = predict(classifier, encoded, f"{job.name}: float model")
    probabilities, runtime = run(folder, manifest, tweets, f"{job.name}: file")
    fidelity = compare(probabilities, reference, runtime)
    figures = (
        f"agreement {fidelity.agreement:.4f} on {fidelity.tweets} validation tweets, "
        f"largest difference {fidelity.largest_difference:.4f}, in {fidelity.runtime} {fidelity.runtime_version}"
    )
    if fidelity.agreement < job.minimum_agreement:
        raise ExportError(
            f"{job.name}: {figures}; at least {job.minimum_agreement} is required "
            f"(key 'export.minimum_agreement' or 'variants.{job.variant}.minimum_agreement')"
        )
    print(f"{job.name}: {manifest.model_bytes / 1e6:.2f} MB, {figures}", flush=True)
    return fidelity
