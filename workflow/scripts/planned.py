"""Put side by side what each file takes on each device, what budgets want, and what its training would take."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.files import sha256, write_text
from replite.plan.page import page_of
from replite.plan.table import PlanInputs, to_frame
from replite.plan.text import text_of
from replite.records.record import Made
from replite.report.benchmark import write_benchmark


@cli.script
def main(
    inputs: PlanInputs,
    table: Annotated[Path, "CSV to write"],
    text: Annotated[Path, "text to write"],
    page: Annotated[Path, "HTML to write"],
) -> None:
    rows = list(inputs.rows())
    write_benchmark(table, to_frame(rows))
    write_text(text, text_of(rows))
    write_text(page, page_of(inputs.job.title, rows, inputs.settings))
    measured = sha256(inputs.benchmark) if inputs.benchmark else ""
    Made.seal(table, text, page, decision=[inputs.job, inputs.settings.model_dump_json(), measured])
