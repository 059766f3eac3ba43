"""RepLite's fastest variant of a model, made as the workflow makes it."""

from __future__ import annotations

from pathlib import Path

from replite.config.export import Export, Variant
from replite.export.inputs import ExportInputs, ExportJob, Traced, TraceJob
from replite.export.job import export
from replite.export.trace import trace

VARIANT = Variant(quantization="dynamic_int8", minimum_agreement=0)
"""The quantization with the fastest kernels. Whether it is true to the float model is judged as for every peer."""
SETTINGS = Export(lengths=[24, 32, 40, 48, 64], check_tweets=20)
"""Input lengths around those of RepLab's tweets, of which half have up to 29 pieces and nine in ten up to 42."""


def export_fastest(name: str, checkpoint: Path, data: Path, output: Path, settings: Export = SETTINGS) -> None:
    """Write model.tflite, vocab.txt and manifest.json to `output`; `data` is the folder of a prepared data set."""
    traced, validation = Traced(output / "traced"), data / "validation.parquet"
    trace(TraceJob(dataset="benchmark", model=name, settings=settings), checkpoint, data / "train.parquet", validation, traced)
    export_variant(name, "int8", VARIANT, data=data, traced=traced.folder, output=output, settings=settings)


def export_variant(
    name: str, variant: str, entry: Variant, *, data: Path, traced: Path, output: Path, settings: Export = SETTINGS
) -> None:
    """The same of any variant, of what `traced` holds."""
    job = ExportJob(dataset="benchmark", model=name, variant=variant, entry=entry, settings=settings, seed=0)
    export(job, ExportInputs(traced, data / "validation.parquet", output), output)
