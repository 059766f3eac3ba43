"""Write the report, one HTML file that needs no network, from benchmark.csv, the figures and the records of all stages."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.config.report import Report
from replite.data.hygiene import Hygiene
from replite.records.data import Card
from replite.records.export import Manifest
from replite.records.measure import Cell
from replite.records.recommendation import Recommendation
from replite.records.record import Document, Made, check_chain
from replite.records.train import BagOfWordsMetrics, Durations, TrainMetrics
from replite.report.benchmark import read_benchmark
from replite.report.draws import read_draws
from replite.report.figures import drawn_files
from replite.report.inputs import ReportInputs
from replite.report.operators import read_operators
from replite.report.page import write_report
from replite.seeds import SeedSummary


@cli.script
def main(
    inputs: ReportInputs,
    benchmark: Annotated[Path, "the merged benchmark.csv; models.csv stands beside it"],
    recommendation: Annotated[Path, "recommendation.json"],
    figures: Annotated[Path, "folder of the figures"],
    settings: Annotated[Report, "the configuration's 'report' (JSON)"],
    without_teacher: Annotated[dict[str, str], "for each student the same model without a teacher (JSON)"],
    not_trained: Annotated[dict[str, str], "for each model that was left out by a plan the reason (JSON)"],
    output: Annotated[Path, "HTML file to write"],
    draws: Annotated[Path | None, "draws.csv, if a data set has several draws"] = None,
    operators: Annotated[Path | None, "operators.csv, if operators were profiled"] = None,
) -> None:
    merged, drawn = benchmark.with_suffix(".json"), figures / "figures.json"
    Made.read(merged).check(merged, benchmark, benchmark.with_name("models.csv"))
    Made.read(drawn).check(drawn, *drawn_files(figures))
    if draws:
        Made.verify(draws)
    parts: list[tuple[type[Document], list[Path]]] = [
        (Cell, inputs.records), (Manifest, inputs.manifests), (Card, inputs.cards), (Hygiene, inputs.hygiene),
        (TrainMetrics, inputs.trained), (Durations, inputs.durations), (SeedSummary, inputs.seeds),
        (BagOfWordsMetrics, inputs.bag_of_words if settings.bag_of_words else []), (Recommendation, [recommendation]),
    ]  # fmt: skip
    check_chain({path: kind.read(path) for kind, paths in parts for path in paths})
    write_report(
        output,
        read_benchmark(benchmark),
        inputs,
        recommendation=Recommendation.read(recommendation),
        without_teacher=without_teacher,
        not_trained=not_trained,
        figures=figures,
        settings=settings,
        draws=read_draws(draws) if draws else None,
        operators=read_operators(operators) if operators else None,
    )
    Made.seal(output, decision=[inputs.expected, settings.model_dump_json(), without_teacher, not_trained])
