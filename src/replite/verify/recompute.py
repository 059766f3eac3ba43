"""A study's tables and answers made once more from its records and samples, and compared byte for byte with those it has."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from replite.data.splits import load_split
from replite.files.disk import DiskFullError, is_own
from replite.files.scratch import scratch
from replite.records.record import Made
from replite.report.chosen import chosen
from replite.report.draws import write_draws
from replite.report.merged import write_merged
from replite.report.paper import write_for_a_paper
from replite.report.validation import Baselines, from_splits
from replite.verify.study import Study

OTHERWISE = "not what the samples and records give"


@dataclass(frozen=True)
class Texts:
    """What is asked of the texts of a data set, by its folder."""

    baselines: Baselines
    training: Callable[[Path], pd.DataFrame]
    """Labels and topics of its training texts."""
    whole: bool
    """Whether the test split is there too."""


OF_RESULTS = Texts(from_splits, training=lambda data: load_split(data / "train.parquet"), whole=True)


def recompute(study: Study, texts: Texts) -> tuple[list[str], dict[str, str]]:
    """The files that come out as they are, and what is wrong with the others, by name from the root of the results.

    A part that cannot be computed is a fault of its first file. Raises `DiskFullError`.
    """
    same: list[str] = []
    faults: dict[str, str] = {}
    with scratch() as folder:
        for files, part in _parts(study, texts, folder).items():
            names = {path: f"report/{study.name}/{path}" for path in files}
            try:
                part()
            except Exception as error:
                if isinstance(error, DiskFullError) or not is_own(error):
                    raise
                faults[next(iter(names.values()))] = f"cannot be computed: {error}"
                continue
            for path, name in names.items():
                if _bytes(folder / path) == _bytes(study.report / path):
                    same.append(name)
                else:
                    faults[name] = OTHERWISE
    return same, faults


def _parts(study: Study, texts: Texts, folder: Path) -> Mapping[tuple[str, ...], Callable[[], None]]:
    """By the files that each makes, from the report's folder, the jobs that write them to `folder`."""
    benchmark, recommendation = study.report / "benchmark.csv", study.report / "recommendation.json"
    inputs, config = study.inputs, study.config
    studies = config.report.studies

    def merged() -> None:
        training = {cell.dataset: texts.training(inputs.data / cell.dataset) for cell in inputs.expected} if studies else {}
        write_merged(inputs, folder / "benchmark.csv", folder / "models.csv", studies=studies, training=training)
        Made.seal(folder / "benchmark.csv", folder / "models.csv", decision=[inputs.expected, studies])

    def answered() -> None:
        candidates = study.report / "candidates.json" if config.report.together else None
        made = chosen(inputs, benchmark, study.settings, recommendation, candidates=candidates, baselines=texts.baselines)
        made.write(folder / "recommendation.json")

    def for_a_paper() -> None:
        datasets, models = dict.fromkeys(cell.dataset for cell in inputs.expected), [cell.model for cell in inputs.expected]
        training = {dataset: {model: config.training_of(model, dataset) for model in models} for dataset in datasets}
        write_for_a_paper(
            inputs,
            benchmark,
            recommendation=recommendation,
            provenance=study.report / "provenance.json",
            training=training,
            output=folder / "tables",
        )

    parts: dict[tuple[str, ...], Callable[[], None]] = {
        ("benchmark.csv", "models.csv", "benchmark.json"): merged,
        ("recommendation.json",): answered,
        tuple(_tables()): for_a_paper,
    }
    if study.draws and texts.whole:
        parts[("draws.csv",)] = lambda: write_draws(folder / "draws.csv", study.drawn, study.draws)
    return parts


def _tables() -> Iterator[str]:
    yield from (f"tables/{name}.{suffix}" for name in ("cells", "models", "recommendation") for suffix in ("md", "tex"))
    yield "tables/methods.md"


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None
