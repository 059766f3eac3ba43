"""Write what all variants of a model share: its float32 FlatBuffer, its vocabulary and the float model's answers, in --output."""

from pathlib import Path
from typing import Annotated

from replite import cli, handover
from replite.export.traced import Traced


def main(
    job: Annotated[Path, "what to trace and how (JSON: replite.export.trace.TraceJob)"],
    checkpoint: Annotated[Path, "folder of the fine-tuned model"],
    train: Annotated[Path, "Parquet file with the training tweets, for the input lengths"],
    validation: Annotated[Path, "Parquet file with the validation tweets"],
    output: Annotated[Path, "folder to write to"],
) -> None:
    from replite.export.trace import TraceJob, trace

    trace(handover.read(TraceJob, job), checkpoint, train, validation, Traced(output))


if __name__ == "__main__":
    cli.run(main)
