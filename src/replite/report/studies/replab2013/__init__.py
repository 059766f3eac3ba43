"""RepLab 2013's evaluation, and the claims of the first study of BERT on edge devices, which took RepLab's tweets."""

from collections.abc import Collection, Sequence
from typing import Any

import pandas as pd

from replite.records.train import TrainMetrics
from replite.report.inputs import FileKey, ReportInputs
from replite.report.studies.replab2013 import bert_large
from replite.report.studies.replab2013.claims import CLAIMED_SIZE_RATIO, FILE, first_study, left_out
from replite.report.studies.replab2013.priority import ORDER, priority_metrics
from replite.report.studies.replab2013.score import Evaluation
from replite.report.studies.replab2013.shares import COLUMNS, share_errors, share_table
from replite.report.studies.replab2013.tables import score_tables
from replite.report.studies.study import Study


def _score(tweets: pd.DataFrame, train: pd.DataFrame, labels: Sequence[str]) -> dict[str, float]:
    if set(labels) != set(ORDER) or not tweets["topic_id"].any():
        return {}
    ordered = priority_metrics(*(tweets[column].tolist() for column in ("label", "predicted", "topic_id")))
    return ordered.model_dump() | share_errors(tweets, train, labels)


def _page(
    inputs: ReportInputs, benchmark: pd.DataFrame, trained: Sequence[TrainMetrics], unlearned: Collection[FileKey]
) -> dict[str, Any]:
    return {
        "evaluations": score_tables([Evaluation.read(path) for path in inputs.of_models("evaluation.json")]),
        "shares": share_table(benchmark),
        "sizes": _sizes(benchmark, trained),
        "claims": first_study(benchmark, trained, unlearned),
        "left_out": left_out(benchmark, unlearned),
    }


def _sizes(benchmark: pd.DataFrame, trained: Sequence[TrainMetrics]) -> list[dict[str, Any]]:
    """Those of the exported files, then of the models."""
    exported = benchmark.dropna(subset="model_mb").drop_duplicates(FILE)
    sizes = [(row.dataset, f"{row.model} {row.variant}", row.model_mb) for row in exported.itertuples()]
    sizes += [(model.dataset, model.model, model.fp32_bytes / 1e6) for model in trained]
    return [{"dataset": dataset, "name": name, "mb": mb, **bert_large.size_ratios(mb)} for dataset, name, mb in sizes]


STUDY = Study(
    of_file={
        "size_ratio_weights": "How many times smaller than BERT-large's fp32 weights.",
        "size_ratio_checkpoint": "How many times smaller than a BERT-large training checkpoint.",
    },
    of_predictions={
        "reliability": "Share of the order that the labels put a topic's tweets in that is right; blank for labels without "
        "RepLab's order.",
        "sensitivity": "Share of the true order of a topic's tweets that the labels give.",
        "f_rs": "Harmonic mean of reliability and sensitivity within each topic, then the mean over topics.",
        **COLUMNS,
    },
    size=bert_large.size_ratios,
    score=_score,
    sections={"evaluation": "RepLab's evaluation", "shares": "Shares of the labels", "claims": "The first study"},
    file_sizes={
        f"{CLAIMED_SIZE_RATIO} times below BERT-large's weights": bert_large.WEIGHTS_MB / CLAIMED_SIZE_RATIO,
        f"{CLAIMED_SIZE_RATIO} times below its checkpoint": bert_large.CHECKPOINT_MB / CLAIMED_SIZE_RATIO,
    },
    template="replab2013/page.html.j2",
    page=_page,
)
