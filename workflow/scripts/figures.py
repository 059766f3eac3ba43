"""Draw the figures, as SVG, PDF and PNG, of the cells from benchmark.csv and the raw samples, the models, and each data set."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import StudyName
from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.records.record import Made
from replite.report.benchmark import read_benchmark
from replite.report.figures import drawn_files, figures
from replite.report.figures.drawing import Results
from replite.report.figures.files import write_figures
from replite.report.inputs import ReportInputs
from replite.report.merge import read_cells, read_manifests, read_valid_samples
from replite.report.studies import STUDIES
from replite.seeds import SeedSummary


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv"],
    output: Annotated[Path, "folder to write the figures to"],
    study: Annotated[Sequence[StudyName], "a study whose lines are drawn"] = (),
    sustained: Annotated[bool, "draw that of sustained runs too, which were asked for"] = False,
) -> None:
    Made.verify(benchmark)
    cells = read_cells(inputs)
    results = Results(
        benchmark=read_benchmark(benchmark),
        samples=read_valid_samples(cells, read_manifests(inputs)),
        cells=[cell for _, cell in cells.values()],
        models=[SeedSummary.read(path) for path in inputs.seeds],
        cards=[Card.read(path) for path in inputs.cards],
        hygiene=[Hygiene.read(path) for path in inputs.hygiene],
        sizes={what: size for name in study for what, size in STUDIES[name].file_sizes.items()},
    )
    kinds = figures((cell.dataset for cell in inputs.expected), sustained=sustained)
    write_figures(output, kinds.values(), results)
    Made.seal(*drawn_files(output), document=output / "figures.json")
