"""The whole job of the stage: convert, describe, check against the float model, and only then give the file its name."""

from __future__ import annotations

import importlib.metadata
import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd

from replite import config
from replite.data.splits import load_split
from replite.export import calibration, metadata
from replite.export.check import Trial
from replite.export.convert import CALIBRATED_SETS, convert
from replite.export.errors import ExportError
from replite.export.flatbuffer import SMALLEST_WEIGHT, Description, describe
from replite.export.license import license_of
from replite.export.runtimes import refusals
from replite.files import sha256
from replite.records import Fidelity, Manifest, Record
from replite.train.checkpoint import Classifier, load
from replite.train.encoding import encode
from replite.train.predict import predict
from replite.train.vocabulary import pieces

WEIGHT_TYPES: dict[config.Quantization, str] = {
    "fp32": "FLOAT32",
    "fp16": "FLOAT16",
    "dynamic_int8": "INT8",
    "weight_only_int8": "INT8",
    "full_int8": "INT8",
    "int16x8": "INT8",
    "dynamic_int4": "INT4",
    "weight_only_int4": "INT4",
}
"""The type of weights that a file has to hold, by its quantization."""

LARGEST_FLOAT_SHARE = 0.1
"""Share of the weights that may stay float32 in a quantized file: sums of constants, such as position embeddings with a bias."""

PACKAGES = ("tensorflow-cpu", "transformers", "ai-edge-litert", "ai-edge-quantizer", "numpy")


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
    seed: int
    """Seed of the draw of calibration tweets."""
    checkpoint: str | None = None
    """The checkpoint that the model started from; None for an architecture trained from nothing."""
    license: str | None = None
    """The licence of that checkpoint, where the configuration states it."""

    @property
    def name(self) -> str:
        """What messages call the job."""
        return f"{self.dataset}/{self.model}/{self.variant}"

    @property
    def minimum_agreement(self) -> float:
        """Share of validation tweets on which file and float model must agree."""
        return self.settings.minimum_agreement if self.entry.minimum_agreement is None else self.entry.minimum_agreement


@dataclass(frozen=True)
class Inputs:
    """Where everything is that an export reads."""

    checkpoint: Path
    """Folder of the fine-tuned model."""
    train: Path
    """Training tweets (Parquet), from which calibration tweets are drawn."""
    validation: Path
    """Validation tweets (Parquet), on which the file is compared with the float model."""
    environments: Path
    """Folder with a virtual environment, named after it, for each runtime other than the host's own."""


def export(job: ExportJob, inputs: Inputs, output: Path) -> None:
    """Write model.tflite, vocab.txt and manifest.json to `output`.

    Raises `ExportError` with the figures, and writes nothing, if the file is not what the variant promises or disagrees with the
    float model in one of the variant's runtimes.
    """
    classifier = load(inputs.checkpoint)
    print(f"{job.name}: converting {classifier.parameters:,} parameters", flush=True)
    calibrating = _calibration_tweets(job, inputs.train)
    output.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".export-", dir=output) as temporary:
        draft = Path(temporary)
        flatbuffer = _convert(job, classifier, calibrating)
        (draft / "model.tflite").write_bytes(metadata.with_metadata(flatbuffer, _about(job, classifier)))
        (draft / "vocab.txt").write_text("\n".join(pieces(classifier.tokenizer)) + "\n", encoding="utf-8")
        manifest = _describe(job, classifier, draft)
        manifest.calibration = calibration.names(calibrating)
        manifest.fidelity = _check(job, classifier, manifest, draft, inputs)
        manifest.write(draft / "manifest.json")
        for name in ("model.tflite", "vocab.txt", "manifest.json"):
            os.replace(draft / name, output / name)


def _calibration_tweets(job: ExportJob, train: Path) -> pd.DataFrame:
    """Training tweets to calibrate with; none for a quantization that does not."""
    count = job.entry.calibration_tweets if job.entry.quantization in CALIBRATED_SETS else 0
    return calibration.draw(load_split(train), count, job.seed)


def _convert(job: ExportJob, classifier: Classifier, calibrating: pd.DataFrame) -> bytes:
    samples = None if calibrating.empty else calibration.samples(classifier, calibrating)
    try:
        return convert(classifier.model, classifier.preprocessing.max_length, job.entry, samples)
    except ExportError as error:
        raise ExportError(f"{job.name}: {error}") from error


def _about(job: ExportJob, classifier: Classifier) -> metadata.About:
    quantization, preprocessing = job.entry.quantization, classifier.preprocessing
    return metadata.About(
        name=job.name,
        description=metadata.description(job.dataset, job.variant, quantization, classifier.labels, preprocessing),
        license=license_of(job.checkpoint, job.license),
        labels=classifier.labels,
        vocabulary=pieces(classifier.tokenizer),
    )


def _describe(job: ExportJob, classifier: Classifier, folder: Path) -> Manifest:
    description = describe(folder / "model.tflite")
    _check_weights(job, description)
    return Manifest(
        dataset=job.dataset,
        model=job.model,
        variant=job.variant,
        quantization=job.entry.quantization,
        sha256=sha256(folder / "model.tflite"),
        model_bytes=(folder / "model.tflite").stat().st_size,
        parameters=classifier.parameters,
        license=license_of(job.checkpoint, job.license),
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


def _check_weights(job: ExportJob, description: Description) -> None:
    """Raise `ExportError` unless the weights are stored as the variant says."""
    wanted = WEIGHT_TYPES[job.entry.quantization]
    if wanted not in description.weights:
        raise ExportError(
            f"{job.name}: the converter quantized nothing: the file holds no {wanted} weights "
            f"(tensors of fewer than {SMALLEST_WEIGHT:,} elements do not count)"
        )
    share = description.weights.get("FLOAT32", 0) / sum(description.weights.values())
    if wanted != "FLOAT32" and job.entry.embeddings != "keep" and share > LARGEST_FLOAT_SHARE:
        raise ExportError(
            f"{job.name}: the converter left {share:.0%} of the weights float32, more than {LARGEST_FLOAT_SHARE:.0%}"
        )


def _check(job: ExportJob, classifier: Classifier, manifest: Manifest, folder: Path, inputs: Inputs) -> list[Fidelity]:
    """Compare the file in `folder` with the float model, in each of the variant's runtimes. Raises `ExportError`."""
    tweets = load_split(inputs.validation).head(job.settings.check_tweets)
    encoded = encode(tweets, classifier.tokenizer, classifier.preprocessing)
    reference = predict(classifier, encoded, f"{job.name}: float model")
    trial = Trial(folder, manifest, tweets, reference, inputs.environments)
    try:
        found = [trial.fidelity(runtime) for runtime in job.entry.runtimes]
    except ExportError as error:
        raise ExportError(f"{job.name}: {error}") from None
    for fidelity in found:
        _judge(job, manifest, fidelity)
    return found


def _judge(job: ExportJob, manifest: Manifest, fidelity: Fidelity) -> None:
    """Print the figures of one runtime. Raises `ExportError` with them below the configured agreement."""
    figures = (
        f"agreement {fidelity.agreement:.4f} on {fidelity.tweets} validation tweets, "
        f"largest difference {fidelity.largest_difference:.4f}, accuracy {fidelity.accuracy:.4f}, "
        f"in {fidelity.runtime} {fidelity.runtime_version}"
    )
    if fidelity.agreement < job.minimum_agreement:
        raise ExportError(
            f"{job.name}: {figures}; at least {job.minimum_agreement} is required "
            f"(key 'export.minimum_agreement' or 'variants.{job.variant}.minimum_agreement')"
        )
    print(f"{job.name}: {manifest.model_bytes / 1e6:.2f} MB, {figures}", flush=True)
