"""Write the report, one HTML file that needs no network, from benchmark.csv, the figures and the records of all stages."""

import argparse
from pathlib import Path

from replite import cli, handover
from replite.config.report import Report
from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.recommendation import Recommendation
from replite.records.record import Document, Made, RecordError, check_chain
from replite.records.train import BagOfWordsMetrics, TrainMetrics
from replite.report.benchmark import read_benchmark
from replite.report.errors import ReportError
from replite.report.inputs import ReportInputs
from replite.report.page import write_report
from replite.report.studies import STUDIES
from replite.seeds import SeedSummary


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    ReportInputs.add_arguments(parser)
    parser.add_argument("--benchmark", type=Path, required=True, help="the merged benchmark.csv; models.csv stands beside it")
    parser.add_argument("--recommendation", type=Path, required=True, help="recommendation.json")
    parser.add_argument("--figures", type=Path, required=True, help="folder of the figures")
    parser.add_argument("--settings", type=Path, required=True, help="the configuration's 'report' (JSON)")
    parser.add_argument(
        "--without-teacher", type=Path, required=True, help="for each student the same model without a teacher (JSON)"
    )
    parser.add_argument("--output", type=Path, required=True, help="HTML file to write")
    return parser.parse_args()


def main() -> None:
    arguments = parse_arguments()
    inputs = ReportInputs.from_arguments(arguments)
    merged, figures = arguments.benchmark.with_suffix(".json"), arguments.figures / "figures.json"
    Made.read(merged).check(merged, arguments.benchmark, arguments.benchmark.with_name("models.csv"))
    Made.read(figures).check(figures, *arguments.figures.glob("*.svg"), *arguments.figures.glob("*.png"))
    settings = handover.read(Report, arguments.settings)
    without_teacher = handover.read(dict[str, str], arguments.without_teacher)
    benchmark = read_benchmark(arguments.benchmark)
    recommendation = Recommendation.read(arguments.recommendation)
    parts: list[tuple[type[Document], list[Path]]] = [
        (Cell, inputs.records), (Manifest, inputs.manifests), (Card, inputs.cards), (Hygiene, inputs.hygiene),
        (TrainMetrics, inputs.trained), (SeedSummary, inputs.seeds),
        (BagOfWordsMetrics, inputs.bag_of_words if settings.bag_of_words else []), (Recommendation, [arguments.recommendation]),
    ]  # fmt: skip
    check_chain({path: kind.read(path) for kind, paths in parts for path in paths})
    trained, studies = [TrainMetrics.read(path) for path in inputs.trained], [STUDIES[name] for name in settings.studies]
    write_report(
        arguments.output,
        benchmark,
        recommendation=recommendation,
        cells=[Cell.read(path) for path in inputs.records],
        manifests=[Manifest.read(path) for path in inputs.manifests],
        cards=[Card.read(path) for path in inputs.cards],
        hygiene=[Hygiene.read(path) for path in inputs.hygiene],
        trained=trained,
        seeds=[SeedSummary.read(path) for path in inputs.seeds],
        without_teacher=without_teacher,
        bag_of_words=[BagOfWordsMetrics.read(path) for path in inputs.bag_of_words],
        studies=[(study, study.page(inputs, benchmark, trained, recommendation.unlearned)) for study in studies],
        figures=arguments.figures,
        settings=settings,
    )
    Made.seal(arguments.output, decision=[inputs.expected, settings.model_dump_json(), without_teacher])


if __name__ == "__main__":
    cli.run(main, ReportError, RecordError, handover.HandoverError)
