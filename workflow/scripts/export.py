"""Export one model as one variant: model.tflite, vocab.txt and manifest.json in --output."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.export.inputs import ExportInputs, ExportJob


@cli.script
def main(
    job: Annotated[ExportJob, "what to export and how (JSON: replite.export.inputs.ExportJob)"],
    inputs: ExportInputs,
    output: Annotated[Path, "folder to write to"],
) -> None:
    from replite.export.job import export

    export(job, inputs, output)
