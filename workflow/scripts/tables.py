"""Write the tables of a paper, in Markdown and LaTeX, and its methods section, from the records of all stages."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.report.inputs import ReportInputs
from replite.report.methods import Settings
from replite.report.paper import write_for_a_paper


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    recommendation: Annotated[Path, "recommendation.json"],
    provenance: Annotated[Path, "provenance.json"],
    training: Annotated[Settings, "the settings of training by data set and model (JSON)"],
    output: Annotated[Path, "folder to write to"],
) -> None:
    files = {"recommendation": recommendation, "provenance": provenance}
    write_for_a_paper(inputs, benchmark, **files, training=training, output=output)
