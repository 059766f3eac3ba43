"""One variant of a traced model: quantize, describe, check against the float model, and only then give the file its name."""

import os
import shutil
from pathlib import Path

import numpy as np
import pandas as pd

from replite.data.splits import load_split
from replite.device.preprocessing import Preprocessor, key_of
from replite.export import calibration, metadata, signatures
from replite.export.check import Trial
from replite.export.errors import ExportError
from replite.export.flatbuffer import SMALLEST_WEIGHT, Description, describe
from replite.export.inputs import ExportInputs, ExportJob, Traced
from replite.export.layer_errors import largest_errors
from replite.export.lengths import choose
from replite.export.quantizer import quantize
from replite.export.runtimes import refusals
from replite.files import sha256, write_text
from replite.files.scratch import scratch
from replite.packages import versions
from replite.records.export import Fidelity, LayerError, Manifest, Trace
from replite.records.predictions import Answers
from replite.records.record import Identity
from replite.tasks import graph, line, primary, task

LARGEST_FLOAT_SHARE = 0.1
"""Share of the weights that may stay float32 in a quantized file: sums of constants, such as position embeddings with a bias."""

PACKAGES = ("tensorflow", "transformers", "ai-edge-litert", "ai-edge-quantizer", "numpy")


def export(job: ExportJob, inputs: ExportInputs, output: Path) -> None:
    """Write model.tflite, vocab.txt, manifest.json and validation_predictions.csv to `output`.

    Raises `ExportError` with the figures, and writes nothing, if the file is not what the variant promises or disagrees with the
    float model in one of the variant's runtimes.
    """
    traced = Traced(inputs.traced)
    trace = Trace.read(traced.record)
    trace.check(traced.record, traced.model, traced.vocabulary, traced.predictions)
    if trace.batch_size != job.entry.batch_size:
        raise ExportError(f"{traced.model}: takes {trace.batch_size} texts at once, not {job.entry.batch_size}")
    calibrating = _calibration_tweets(job, inputs.train)
    output.mkdir(parents=True, exist_ok=True)
    with scratch(output) as draft:
        flatbuffer, errors = _make(job, traced, trace, calibrating)
        (draft / "model.tflite").write_bytes(metadata.with_metadata(flatbuffer, _about(job, trace, traced)))
        shutil.copyfile(traced.vocabulary, draft / "vocab.txt")
        manifest = _describe(job, trace, draft)
        manifest.calibration = [*(calibrating["topic_id"] + "/" + calibrating["tweet_id"])]
        manifest.layer_errors = errors
        manifest.fidelity = _check(job, manifest, draft, inputs)
        made = [draft / name for name in ("model.tflite", "vocab.txt", "validation_predictions.csv")]
        manifest.identity = Identity.of(draft / "manifest.json", decision=job, outputs=made)
        read = [path for path in (traced.record, inputs.train, inputs.validation) if path]
        manifest.identity.inputs = Identity.of(output / "manifest.json", inputs=read).inputs
        manifest.write(draft / "manifest.json")
        for file in (*made, draft / "manifest.json"):
            os.replace(file, output / file.name)


def _calibration_tweets(job: ExportJob, train: Path | None) -> pd.DataFrame:
    """Training tweets to calibrate with; none for a quantization that does not."""
    if not job.entry.kind.activation_bits:
        return pd.DataFrame(columns=["topic_id", "tweet_id"])
    if train is None:
        raise ExportError(f"{job.name}: quantization '{job.entry.quantization}' is calibrated with training texts; give them")
    tweets = load_split(train)
    return tweets.sample(min(job.entry.calibration_tweets, len(tweets)), random_state=job.seed)


def _make(job: ExportJob, traced: Traced, trace: Trace, calibrating: pd.DataFrame) -> tuple[bytes, list[LayerError]]:
    """The FlatBuffer of the variant, and the layers that lose most if it is calibrated."""
    lengths = trace.lengths
    if job.entry.signatures is not None:
        lengths = choose(trace.tweets_by_pieces, lengths, job.entry.signatures)
    float_file = signatures.select(traced.model.read_bytes(), lengths)
    preprocessor = Preprocessor(trace.preprocessing.model_dump(), traced.vocabulary, lengths[-1:])
    samples = (
        None if calibrating.empty else calibration.samples(calibrating, preprocessor, trace.inputs, lengths, trace.batch_size)
    )
    try:
        quantized = quantize(float_file, job.entry, samples)
    except ExportError as error:
        raise ExportError(f"{job.name}: {error}") from error
    errors = largest_errors(float_file, quantized, key_of(lengths[-1]), samples[1]) if samples else []
    return signatures.without_names(quantized), errors


def _about(job: ExportJob, trace: Trace, traced: Traced) -> metadata.About:
    return metadata.About(
        name=job.name,
        description=metadata.description(
            job.dataset,
            job.variant,
            job.entry.quantization,
            trace.preprocessing,
            means=f"Labels: {', '.join(trace.labels)}. Output: {task(trace.task).output}",
            batch_size=trace.batch_size,
            trained=trace.trained,
        ),
        license=trace.license,
        labels=graph(trace.task).names(trace.labels),
        output=task(trace.task).output,
        vocabulary=traced.vocabulary.read_text(encoding="utf-8").split("\n")[:-1],
        tokenizer=trace.preprocessing.tokenizer.kind,
    )


def _describe(job: ExportJob, trace: Trace, folder: Path) -> Manifest:
    description = describe(folder / "model.tflite")
    _check_weights(job, description)
    return Manifest(
        dataset=job.dataset,
        model=job.model,
        variant=job.variant,
        task=trace.task,
        quantization=job.entry.quantization,
        sha256=sha256(folder / "model.tflite"),
        model_bytes=(folder / "model.tflite").stat().st_size,
        read_bytes=description.read_bytes,
        parameters=trace.parameters,
        license=trace.license,
        trained=trace.trained,
        vocabulary_sha256=sha256(folder / "vocab.txt"),
        vocabulary_bytes=(folder / "vocab.txt").stat().st_size,
        labels=trace.labels,
        thresholds=trace.thresholds,
        inputs=description.inputs,
        output=description.output,
        batch_size=description.batch_size,
        lengths=description.lengths,
        preprocessing=trace.preprocessing,
        operators=description.operators,
        fidelity=[],
        refused_by=refusals(description.operators, job.entry),
        packages=versions(*PACKAGES),
    )


def _check_weights(job: ExportJob, description: Description) -> None:
    """Raise `ExportError` unless the weights are stored as the variant says."""
    wanted = job.entry.kind.weight_type
    if wanted not in description.weights:
        raise ExportError(
            f"{job.name}: the quantizer changed nothing: the file holds no {wanted} weights "
            f"(tensors of fewer than {SMALLEST_WEIGHT:,} elements do not count)"
        )
    share = description.weights.get("FLOAT32", 0) / sum(description.weights.values())
    if wanted != "FLOAT32" and job.entry.stored_embeddings != "keep" and share > LARGEST_FLOAT_SHARE:
        raise ExportError(
            f"{job.name}: the quantizer left {share:.0%} of the weights float32, more than {LARGEST_FLOAT_SHARE:.0%}"
        )


def _check(job: ExportJob, manifest: Manifest, folder: Path, inputs: ExportInputs) -> list[Fidelity]:
    """Compare the file in `folder` with the float model, in each of the variant's runtimes, and write its answers, in the one
    where it does worst, to validation_predictions.csv. Raises `ExportError`."""
    predictions = pd.read_csv(Traced(inputs.traced).predictions, dtype={"predicted": str}, keep_default_na=False)
    outputs = predictions.filter(regex="^p_").to_numpy(dtype=np.float32)
    reference = Answers(outputs, predictions["predicted"].tolist())
    tweets = load_split(inputs.validation).head(len(predictions))
    trial = Trial(folder, manifest, tweets, reference, inputs.environments)
    try:
        found = [trial.fidelity(runtime) for runtime in job.entry.runtimes]
    except ExportError as error:
        raise ExportError(f"{job.name}: {error}") from None
    for fidelity, _ in found:
        _judge(job, manifest, fidelity)
    chosen_by = primary(manifest.task)
    # Without gold there is no figure, and the first runtime stands for all.
    _, worst = min(found, key=lambda each: chosen_by.merit(each[0].figures.get(chosen_by.column, 0.0)))
    write_text(folder / "validation_predictions.csv", worst.table(tweets, manifest.labels).to_csv(index=False))
    return [fidelity for fidelity, _ in found]


def _judge(job: ExportJob, manifest: Manifest, fidelity: Fidelity) -> None:
    """Print the figures of one runtime. Raises `ExportError` with them below the configured agreement."""
    difference = fidelity.largest_difference
    parts = [
        f"agreement {fidelity.agreement:.4f} on {fidelity.tweets} validation texts",
        "" if difference is None else f"largest difference {difference:.4f}",
        line(manifest.task, fidelity.figures),
        f"in {fidelity.runtime} {fidelity.runtime_version}",
    ]
    figures = ", ".join(filter(None, parts))
    if fidelity.agreement < job.minimum_agreement:
        raise ExportError(
            f"{job.name}: {figures}; at least {job.minimum_agreement} is required "
            f"(key 'export.minimum_agreement' or 'variants.{job.variant}.minimum_agreement')"
        )
    print(f"{job.name}: {manifest.model_bytes / 1e6:.2f} MB, {figures}", flush=True)
