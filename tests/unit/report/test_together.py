"""Files of several tasks are chosen together by their own scores and by what they take together, and never ranked as one list."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import pytest

from replite.config.report import Budget, Report
from replite.records.recommendation import Recommendation, SetAnswer, SetName
from replite.report import together, words
from replite.report.benchmark import Row, metric_columns, to_frame
from replite.report.recommend import recommend
from replite.report.together import MeasuredSet, candidates, decided
from replite.report.validation import Validation
from tests.unit.conftest import LABELS, SPLITS

TASKS = {"intents": "several_labels", "entities": "entities"}
NONE_RIGHT = "[]"
FILES = {"large": (100.0, 90.0, 0.05), "small": (20.0, 20.0, 0.06), "tiny": (2.0, 2.0, 0.4)}
"""Latency, size, and the share of wrong answers: the texts tell the tiny one alone from the best."""
Files = Mapping[str, tuple[float, float, float]]


def row(dataset: str, model: str, latency_ms: float, model_mb: float, **changes: Any) -> Row:
    fields = {"dataset": dataset, "task": TASKS[dataset], "variant": "int8", "device": "pi", "verdict": "valid"}
    latencies = {f"latency_p{percent}_ms": latency_ms * factor for percent, factor in ((50, 1), (95, 1.5), (99, 2))}
    sizes = {"model_mb": model_mb, "disk_mb": model_mb + 1, "peak_rss_mb": 50 + model_mb, "load_ms": latency_ms / 10}
    return Row.model_validate({**fields, "model": model, **latencies, **sizes, **changes})


def validation(task: str, wrong: Mapping[str, float]) -> Validation:
    """Of files called int8: the share of texts without an answer."""
    texts = SPLITS[task](300, 5)[["topic_id", "tweet_id", "label"]]
    gold = list(texts["label"])

    def answers(share: float, seed: int) -> list[str]:
        draw = random.Random(seed)
        return [NONE_RIGHT if draw.random() < share else label for label in gold]

    files = {(name, "int8"): answers(share, seed) for seed, (name, share) in enumerate(wrong.items())}
    return Validation(task, LABELS, texts, files, {"majority": [NONE_RIGHT] * len(gold), "bag_of_words": answers(0.8, 9)})


def study(files: Mapping[str, Files]) -> tuple[pd.DataFrame, dict[str, Validation]]:
    rows = [row(dataset, model, *figures[:2]) for dataset, of in files.items() for model, figures in of.items()]
    wrong = {dataset: {model: figures[2] for model, figures in of.items()} for dataset, of in files.items()}
    validations = {dataset: validation(TASKS[dataset], shares) for dataset, shares in wrong.items()}
    return to_frame(rows, metric_columns(TASKS.values())), validations


def answer(files: Mapping[str, Files] | None = None, prefer: Any = "fastest", **limits: Any) -> SetAnswer:
    report = Report(budgets={"both": Budget(together=["intents", "entities"], **limits)}, prefer=prefer)
    [found] = candidates(*study(files or dict.fromkeys(TASKS, FILES)), report)
    return found


def models(found: SetAnswer) -> list[list[str]]:
    return [[file.model for file in each.files] for each in found.sets]


def measured(found: SetAnswer, *of_sets: tuple[dict[str, float], str]) -> dict[SetName, MeasuredSet]:
    """What each of the sets took, in the order of their sums."""
    return {each.name: MeasuredSet(*of) for each, of in zip(found.sets, of_sets, strict=True)}


def test_of_files_as_good_as_their_data_sets_best_the_set_with_the_least_sum_is_taken() -> None:
    found = answer()
    assert (found.kind, models(found)) == ("recommended", [["small", "small"], ["small", "large"], ["large", "small"]])
    best = found.sets[0]
    assert (best.sums["latency_p50_ms"], best.sums["latency_p95_ms"], best.sums["load_ms"]) == (40, 60, 4)
    assert (best.sums["peak_rss_mb"], best.sums["model_mb"], best.sums["disk_mb"]) == (140, 40, 42)
    assert "joules_per_tweet" not in best.sums
    assert found.sentence.startswith("run small int8 for intents and small int8 for entities (validation Macro-F1 0.9")
    assert found.sentence.endswith(
        ", Entity F1 0.943) in one process: "
        "p50 40 ms (sum), p95 60 ms (sum), memory 140 MB (sum), loading 4 ms (sum), file 40 MB (sum)"
    )
    assert found.doubts[0].startswith("its files were not measured together")
    assert [each.reason for each in found.sets[1:]] == ["fits too: p50 120 ms (sum) against 40"] * 2


def test_within_the_loss_that_is_allowed_a_worse_file_will_do() -> None:
    assert models(answer(loss_from_best=0.5))[0] == ["tiny", "tiny"]
    assert models(answer(loss_from_best=0.03))[0] == ["small", "small"]


def test_the_preferred_figure_ranks_the_sets() -> None:
    files = {"a": (1.0, 30.0, 0.05), "b": (3.0, 3.0, 0.05)}
    assert models(answer(dict.fromkeys(TASKS, files)))[0] == ["a", "a"]
    assert models(answer(dict.fromkeys(TASKS, files), prefer="smallest"))[0] == ["b", "b"]


def test_a_limit_is_for_all_files_together() -> None:
    assert models(answer(latency_p95_ms=180)) == [["small", "small"], ["small", "large"], ["large", "small"]]
    assert models(answer(latency_p95_ms=179)) == [["small", "small"]]
    assert models(answer(model_mb=39, loss_from_best=0.5)) == [["tiny", "tiny"], ["tiny", "small"], ["small", "tiny"]]


def test_where_files_as_good_as_the_best_do_not_fit_the_answer_says_by_what_and_what_would_help() -> None:
    found = answer({"intents": FILES, "entities": {"large": FILES["large"], "tiny": FILES["tiny"]}}, latency_p50_ms=110)
    assert (found.kind, found.sets) == ("none_fits", [])
    assert found.sentence == (
        "no set of files fits; nearest: small int8 for intents and large int8 for entities "
        "(p50 120 ms (sum), at most 110 ms wanted); "
        "'loss_from_best' would let in files that are worse than the best"
    )
    found = answer(latency_p50_ms=3, loss_from_best=0.5)
    assert found.sentence == (
        "no set of files fits; nearest: tiny int8 for intents and tiny int8 for entities (p50 4 ms (sum), at most 3 ms wanted)"
    )


def test_what_is_as_good_as_the_best_is_judged_among_the_files_that_can_be_in_a_set() -> None:
    assert models(answer(latency_p50_ms=10)) == [["tiny", "tiny"]]


def test_one_data_set_without_an_answer_leaves_none_for_all() -> None:
    unlearned = {"intents": FILES, "entities": {"tiny": (2.0, 2.0, 0.9)}}
    found = answer(unlearned)
    assert (found.kind, found.sets) == ("nothing_learned", [])
    assert found.sentence.startswith("no set: entities: a bag of words is as good")
    neither = answer(dict.fromkeys(TASKS, unlearned["entities"])).sentence
    assert neither.startswith("no set: intents: a bag of words is as good")
    assert "; entities: a bag of words is as good" in neither
    benchmark, validations = study(dict.fromkeys(TASKS, FILES))
    benchmark.loc[benchmark["dataset"] == "entities", "verdict"] = "too_short"
    report = Report(budgets={"both": Budget(together=["intents", "entities"])})
    [found] = candidates(benchmark, validations, report)
    assert (found.kind, found.sentence) == ("nothing_valid", "no set: entities: every file was too short on pi")


def test_limits_on_scores_hold_for_each_data_set_by_itself() -> None:
    found = answer(recall={"POSITIVE": 0.99})
    assert found.kind == "none_fits"
    assert found.sentence.startswith("no set: intents: none fits; nearest: ")


def test_what_was_measured_together_decides() -> None:
    found, report = answer(peak_rss_mb=141), Report()
    assert models(found) == [["small", "small"], ["small", "large"], ["large", "small"]]
    assert found.sets[1].reason == "memory 210 MB (sum), at most 141 MB wanted"
    figures = {"latency_p50_ms": 50.0, "peak_rss_mb": 100.0}
    slower = decided(found, measured(found, (figures, ""), (figures | {"latency_p50_ms": 45.0}, ""), (figures, "")), report)
    assert models(slower)[0] == ["small", "large"]
    assert "p50 45 ms (sum 120)" in slower.sentence
    assert slower.doubts == []
    failed = decided(
        found, measured(found, ({}, "implausible: no"), (figures | {"peak_rss_mb": 150.0}, ""), (figures, "")), report
    )
    assert models(failed)[0] == ["large", "small"]
    assert {each.reason for each in failed.sets[1:]} == {
        "measured together: implausible: no",
        "memory 150 MB (sum 210), at most 141 MB wanted",
    }
    none = decided(found, measured(found, *[({}, "missing: it was killed")] * 3), report)
    assert (none.kind, none.sentence) == (
        "none_fits",
        "no set of files fits; nearest: small int8 for intents and small int8 for entities "
        "(measured together: missing: it was killed)",
    )


def test_of_many_files_the_preferred_alone_are_combined(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(together, "COMBINED", 4)
    files = {f"m{number}": (1.0 + number, 5.0, 0.05) for number in range(5)}
    assert models(answer(dict.fromkeys(TASKS, files), loss_from_best=1)) == [["m0", "m0"], ["m0", "m1"], ["m1", "m0"]]


def test_a_budget_that_names_no_set_never_ranks_files_of_different_data_sets_together() -> None:
    benchmark, validations = study({"intents": {"a": (9.0, 9.0, 0.05)}, "entities": {"a": (1.0, 1.0, 0.05)}})
    report = Report(budgets={"each": Budget(), "both": Budget(together=["intents", "entities"])})
    answers = recommend(benchmark, validations, report)
    assert [(each.dataset, each.budget, each.metric, len(each.others)) for each in answers] == [
        ("intents", "each", "Macro-F1", 0),
        ("entities", "each", "Entity F1", 0),
    ]


def test_the_terminal_says_it_in_five_lines_a_device() -> None:
    benchmark, validations = study(dict.fromkeys(TASKS, FILES))
    budgets = {f"budget {number}": Budget(together=["intents", "entities"], model_mb=1 + number) for number in range(9)}
    answers = candidates(benchmark, validations, Report(budgets=budgets))
    lines = said(answers)
    assert lines[0] == "pi, intents and entities"
    assert lines[1].startswith("  budget 0: no set of files fits; nearest: tiny int8 for intents and")
    assert len(lines) == 5


def said(answers: Sequence[SetAnswer]) -> list[str]:
    recommendation = Recommendation(level=0.05, prefer="fastest", answers=[], together=[*answers], unlearned=[])
    return words.lines(recommendation, "recommendation.json")


@pytest.mark.parametrize("emulated", [True, False])
def test_nothing_is_said_of_an_emulated_device(emulated: bool) -> None:
    benchmark, validations = study(dict.fromkeys(TASKS, FILES))
    report = Report(budgets={"both": Budget(together=["intents", "entities"])})
    assert len(candidates(benchmark.assign(emulated=emulated), validations, report)) == (not emulated)
