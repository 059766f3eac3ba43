"""Write what all variants of a model share: its float32 FlatBuffer, its vocabulary and the float model's answers, in --output."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.export.inputs import Traced, TraceJob


@cli.script
def main(
    job: Annotated[TraceJob, "what to trace and how (JSON: replite.export.inputs.TraceJob)"],
    checkpoint: Annotated[Path, "folder of the fine-tuned model"],
    train: Annotated[Path, "Parquet file with the training texts, for the input lengths"],
    validation: Annotated[Path, "Parquet file with the validation texts"],
    output: Annotated[Path, "folder to write to"],
) -> None:
    from replite.export.trace import trace

    trace(job, checkpoint, train, validation, Traced(output))
