"""Export one model as one variant: model.tflite, vocab.txt and manifest.json in --output."""

from pathlib import Path
from typing import Annotated

from replite import cli, handover
from replite.export.traced import Traced


def main(
    job: Annotated[Path, "what to export and how (JSON: replite.export.job.ExportJob)"],
    traced: Annotated[Path, "folder that trace.py wrote to"],
    validation: Annotated[Path, "Parquet file with the validation tweets"],
    environments: Annotated[Path, "folder with an environment for each other runtime"],
    output: Annotated[Path, "folder to write to"],
    train: Annotated[Path | None, "Parquet file with the training tweets, if the variant is calibrated"] = None,
) -> None:
    from replite.export.job import ExportInputs, ExportJob, export

    export(handover.read(ExportJob, job), ExportInputs(Traced(traced), train, validation, environments), output)


if __name__ == "__main__":
    cli.run(main)
