"""Write provenance.json: what was measured, of what, with what and when, without hosts, users and paths."""

import tomllib
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.report.inputs import ReportInputs
from replite.report.provenance import Job, provenance, software

ROOT = Path(__file__).parents[2]


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv; models.csv and draws.csv stand beside it"],
    job: Annotated[Job, "configuration and origins (JSON)"],
    output: Annotated[Path, "JSON to write"],
) -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    provenance(job, inputs, benchmark, software(ROOT, version), output).write(output)
