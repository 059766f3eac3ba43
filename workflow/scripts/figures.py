"""Draw the figures, as SVG and PNG: of the cells from benchmark.csv and the raw samples, of the models, and of each data set."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.records.record import Made, RecordError
from replite.report.benchmark import read_benchmark
from replite.report.errors import ReportError
from replite.report.figures import Results, figures
from replite.report.figures.drawing import write_figures
from replite.report.inputs import ReportInputs
from replite.report.merge import read_cells, read_manifests, read_valid_samples
from replite.seeds import SeedSummary


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    ReportInputs.add_arguments(parser)
    parser.add_argument("--benchmark", type=Path, required=True, help="the merged benchmark.csv")
    parser.add_argument("--sustained", action="store_true", help="draw that of sustained runs too, which were asked for")
    parser.add_argument("--output", type=Path, required=True, help="folder to write the figures to")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    inputs = ReportInputs.from_arguments(arguments)
    Made.verify(arguments.benchmark)
    cells = read_cells(inputs.records)
    results = Results(
        benchmark=read_benchmark(arguments.benchmark),
        samples=read_valid_samples(cells, read_manifests(inputs.manifests)),
        cells=[cell for _, cell in cells.values()],
        models=[SeedSummary.read(path) for path in inputs.seeds],
        cards=[Card.read(path) for path in inputs.cards],
        hygiene=[Hygiene.read(path) for path in inputs.hygiene],
    )
    kinds = figures((cell.dataset for cell in inputs.expected), arguments.sustained)
    write_figures(arguments.output, kinds.values(), results)
    Made.seal(*sorted(arguments.output.glob("*.*g")), document=arguments.output / "figures.json")


if __name__ == "__main__":
    cli.run(main, ReportError, RecordError, handover.HandoverError)
