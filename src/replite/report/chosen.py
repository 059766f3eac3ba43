"""recommendation.json, made of benchmark.csv and the files' answers to the validation texts."""

from pathlib import Path

from replite.config.report import Report
from replite.records.recommendation import Recommendation
from replite.records.record import Identity
from replite.report.benchmark import read_benchmark
from replite.report.grid import grids
from replite.report.inputs import ReportInputs
from replite.report.recommend import recommend, unlearned
from replite.report.together import decide
from replite.report.validation import Baselines, from_splits, read_validations


def chosen(
    inputs: ReportInputs,
    benchmark: Path,
    settings: Report,
    output: Path,
    *,
    candidates: Path | None = None,
    baselines: Baselines = from_splits,
) -> Recommendation:
    """The record, to be written to `output`; `candidates` is candidates.json where sets of files were measured together.

    Raises `RecordError`, `ReportError` and what `read_validations` does.
    """
    validations = read_validations(inputs, settings.bag_of_words, baselines)
    of_sets, records = decide(candidates, settings) if candidates else ([], [])
    cells = read_benchmark(benchmark)
    return Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=recommend(cells, validations, settings),
        grids=grids(cells, validations, settings),
        together=of_sets,
        unlearned=unlearned(validations, settings.level),
        identity=Identity.of(
            output,
            inputs=[benchmark, *inputs.manifests, *records],
            decision=[inputs.expected, settings.model_dump_json()],
        ),
    )
