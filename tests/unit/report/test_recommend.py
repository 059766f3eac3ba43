"""The answer is what a careful engineer would say, with its doubts."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from replite.config.report import Budget, Report, limit_on
from replite.records.export import Manifest
from replite.records.recommendation import Answer, Recommendation
from replite.records.record import RecordError
from replite.records.train import BagOfWordsMetrics
from replite.report import words
from replite.report.benchmark import Row, metric_columns, to_frame
from replite.report.errors import ReportError
from replite.report.inputs import CellKey
from replite.report.merge import merge
from replite.report.recommend import recommend, unlearned
from replite.report.validation import Validation, read_validations
from replite.tasks import task
from tests.unit.report.results import LABELS, Results, batched_samples, samples

TEXTS = 600


def row(model: str, latency_ms: float, model_mb: float, **changes: Any) -> Row:
    fields = {"dataset": "tweets", "task": "one_label", "variant": "int8", "device": "pi", "verdict": "valid"}
    figures = {
        "latency_p50_ms": latency_ms,
        "latency_p95_ms": latency_ms * 1.5,
        "model_mb": model_mb,
        "peak_rss_mb": 50 + model_mb,
    }
    return Row.model_validate({**fields, "model": model, **figures, **changes})


LARGE, SMALL, TINY = row("large", 100, 90), row("small", 20, 20), row("tiny", 2, 2)


def wrong_in(share: float, gold: Sequence[str], first: int = 0) -> list[str]:
    """Answers of which that share is wrong, from text `first` on."""
    wrong = {place % len(gold) for place in range(first, first + round(share * len(gold)))}
    return [LABELS[(LABELS.index(label) + 1) % 3] if place in wrong else label for place, label in enumerate(gold)]


GOLD = [LABELS[place] for place in np.random.default_rng(0).integers(0, 3, TEXTS)]


def validation(
    wrong: Mapping[str, float | list[str]] | None = None,
    bag_of_words: float | None = 0.6,
    gold: Sequence[str] = GOLD,
    missing: str = "",
) -> Validation:
    """Of files called int8: the share of wrong answers, or the answers themselves."""
    wrong = wrong if wrong is not None else {"large": 0.1, "small": 0.2, "tiny": 0.3}
    without = {"majority": ["NEUTRAL"] * len(gold)}
    return Validation(
        task="one_label",
        labels=LABELS,
        texts=pd.DataFrame({"topic_id": "", "tweet_id": [str(place) for place in range(len(gold))], "label": gold}),
        files={(name, "int8"): share if isinstance(share, list) else wrong_in(share, gold) for name, share in wrong.items()},
        without_transformer=without | ({} if bag_of_words is None else {"bag_of_words": wrong_in(bag_of_words, gold, 77)}),
        missing=missing,
    )


def benchmark(*rows: Row) -> pd.DataFrame:
    return to_frame(rows, metric_columns(["one_label"]))


def answer(budget: Budget, *rows: Row, of: Validation | None = None, **settings: Any) -> Answer:
    report = Report(budgets={"budget": budget}, **settings)
    [found] = recommend(benchmark(*rows), {"tweets": of or validation()}, report)
    return found


def chosen(budget: Budget, *rows: Row, **options: Any) -> str:
    found = answer(budget, *rows, **options)
    return found.file.model if found.kind == "recommended" and found.file else found.sentence


def why(found: Answer, model: str) -> tuple[str, str]:
    [other] = [other for other in found.others if other.model == model]
    return other.because, other.reason


def test_without_a_limit_the_best_on_validation_wins() -> None:
    found = answer(Budget(), SMALL, LARGE, TINY)
    assert found.file is not None
    assert (found.kind, found.file.model) == ("recommended", "large")
    assert found.file.figures["score"] == pytest.approx(
        task("one_label").score(GOLD, wrong_in(0.1, GOLD), [""] * TEXTS, LABELS).figures["macro_f1"]
    )
    because, reason = why(found, "small")
    assert because == "worse"
    assert reason.startswith("Macro-F1 worse by 0.1 on 600 validation texts (p 0.0")
    assert found.runner_up is not None
    assert found.runner_up.model == "small"


def test_the_test_tweets_have_no_part_in_the_choice() -> None:
    rows = [TINY.model_copy(update={"macro_f1": 0.99}), LARGE.model_copy(update={"macro_f1": 0.1})]
    assert chosen(Budget(), *rows) == "large"


def test_each_limit_leaves_out_what_exceeds_it() -> None:
    assert chosen(Budget(latency_p95_ms=30), LARGE, SMALL, TINY) == "small"
    assert chosen(Budget(model_mb=89.9), LARGE, SMALL, TINY) == "small"
    assert chosen(Budget(peak_rss_mb=52), LARGE, SMALL, TINY) == "tiny"
    assert chosen(Budget(latency_p95_ms=30, model_mb=5), LARGE, SMALL, TINY) == "tiny"
    assert why(answer(Budget(latency_p95_ms=30), LARGE, SMALL), "large") == ("over_budget", "p95 150 ms, at most 30 ms wanted")


LEAST = {"score": 0.85, "tweets_per_second": 40.0}
FIGURES = [*Budget().model_dump(exclude={"together"})]


@pytest.mark.parametrize("figure", FIGURES)
def test_every_figure_that_a_budget_names_can_leave_a_file_out(figure: str) -> None:
    """The large file is the better, and breaks the limit; the small one keeps it."""
    columns = {"tweets_per_second": (10.0, 50.0), "load_ms": (90.0, 9.0), "disk_mb": (90.0, 20.0), "joules_per_tweet": (0.9, 0.1)}
    columns |= {"latency_p99_ms": (200.0, 30.0), "latency_paused_p95_ms": (300.0, 40.0)}
    large, small = (row("large", 100, 90, quantization="dynamic_int8"), row("small", 20, 20, quantization="fp32"))
    for column, (of_large, of_small) in columns.items():
        large, small = large.model_copy(update={column: of_large}), small.model_copy(update={column: of_small})
    of_quality = {"score", "loss_from_best", "loss_from_fp32", "recall"}
    wrong: dict[str, float | list[str]] = {"large": 0.1, "small": 0.2}
    limits: dict[str, Any] = {
        "tweets_per_second": 40,
        "disk_mb": 30,
        "load_ms": 30,
        "joules_per_tweet": 0.3,
        "latency_p50_ms": 30,
    }
    limits |= {"latency_p95_ms": 40, "latency_p99_ms": 50, "latency_paused_p95_ms": 50, "peak_rss_mb": 80, "model_mb": 30}
    limits |= {"score": 0.85, "loss_from_best": 0.05, "loss_from_fp32": 0.5, "recall": {"POSITIVE": 0.85}}
    budget = Budget.model_validate({figure: limits[figure]})
    found = answer(budget, large, small, of=validation(wrong))
    out = {"loss_from_fp32": "large", "score": "small", "loss_from_best": "small", "recall": "small"}.get(figure, "large")
    because, reason = why(found, out)
    assert because == "over_budget"
    assert reason.startswith(limit_on("recall.POSITIVE" if figure == "recall" else figure).title)
    assert found.file
    assert found.file.model != out
    assert ("not measured" in reason) == (figure == "loss_from_fp32"), of_quality


def test_the_loss_from_fp32_is_that_of_the_same_model() -> None:
    files = {"small": wrong_in(0.2, GOLD)}
    of = validation(files)
    of = Validation(of.task, of.labels, of.texts, {**of.files, ("small", "fp32"): wrong_in(0.1, GOLD)}, of.without_transformer)
    rows = [row("small", 20, 20, quantization="dynamic_int8"), row("small", 50, 80, variant="fp32", quantization="fp32")]
    found = answer(Budget(loss_from_fp32=0.05), *rows, of=of)
    assert found.file
    assert found.file.variant == "fp32"
    assert found.others[0].reason.startswith("loss from fp32 0.")


def test_of_files_that_the_texts_cannot_tell_apart_the_preferred_is_taken() -> None:
    """One text in 600 tells them apart: that is nothing."""
    wrong: dict[str, float | list[str]] = {"large": 0.1, "small": [*wrong_in(0.1, GOLD)[:-1], LABELS[LABELS.index(GOLD[-1]) - 1]]}
    rows = [LARGE, SMALL.model_copy(update={"joules_per_tweet": 0.5}), row("heavy", 10, 300, joules_per_tweet=0.4)]
    wrong["heavy"] = wrong["small"]
    of = validation(wrong)
    assert chosen(Budget(), *rows, of=of) == "heavy"
    assert chosen(Budget(), *rows, of=of, prefer="smallest") == "small"
    frugal = answer(Budget(), *rows, of=of, prefer="most_frugal")
    assert frugal.file
    assert frugal.file.model == "heavy"
    assert why(frugal, "small") == ("as_good", "as good; energy of a text 0.5 against 0.4 J")
    assert why(frugal, "large") == ("as_good", "as good; energy of a text not measured; p50 100 against 10 ms")
    assert why(answer(Budget(), *rows, of=of), "large") == ("as_good", "as good; p50 100 against 10 ms")
    unmeasured = answer(Budget(), LARGE, SMALL, of=of, prefer="most_frugal")
    assert "no energy was measured, so that the fastest is taken" in unmeasured.doubts


def test_too_few_texts_to_tell_files_apart_say_how_many_more_would() -> None:
    gold = GOLD[:100]
    wrong: dict[str, float | list[str]] = {"large": 0.1, "small": wrong_in(0.14, gold)}
    found = answer(Budget(), LARGE, SMALL, of=validation(wrong, gold=gold))
    assert found.file
    assert found.file.model == "small"
    [doubt] = found.doubts
    assert doubt.startswith("about ")
    assert doubt.endswith(" more validation texts would separate it from large int8 at this difference")
    more = int(doubt.split()[1].replace(",", ""))
    again = [*gold] * math.ceil(1 + more / 100)
    wrong = {"large": wrong_in(0.1, gold) * (len(again) // 100), "small": wrong_in(0.14, gold) * (len(again) // 100)}
    assert chosen(Budget(), LARGE, SMALL, of=validation(wrong, gold=again)) == "large"


def test_a_model_that_learned_nothing_is_never_recommended() -> None:
    found = answer(Budget(), TINY, of=validation({"tiny": ["NEUTRAL"] * TEXTS}))
    assert found.kind == "nothing_learned"
    assert found.sentence.startswith("no model beats the majority label (validation Macro-F1 0.")
    assert "so that no file is recommended; the first to try is tiny int8: p50 2 ms" in found.sentence
    assert found.without_transformer["majority"] == found.file.figures["score"] if found.file else False


def test_a_model_that_answers_at_random_is_never_recommended() -> None:
    """Where labels are alike in number, its macro-F1 is twice that of the majority label."""
    random = np.random.default_rng(5)
    answers = [LABELS[place] for place in random.integers(0, 3, TEXTS)]
    of = validation({"tiny": answers}, bag_of_words=None)
    train = of.texts.assign(label=[LABELS[place] for place in random.integers(0, 3, TEXTS)])
    of = Validation(of.task, of.labels, of.texts, of.files, task("one_label").baselines(train, of.texts, LABELS))
    assert of.scores["tiny", "int8"] > 1.5 * of.scores["majority"]
    found = answer(Budget(), TINY, of=of)
    assert found.kind == "nothing_learned"
    assert "labels at random (validation Macro-F1 0.3" in found.sentence


def test_a_model_ahead_of_the_majority_label_on_too_few_texts_is_not_said_to_be_behind() -> None:
    found = answer(Budget(), LARGE, of=validation({"large": 0.0}, gold=GOLD[:3], bag_of_words=None))
    assert found.sentence.startswith("no model is shown to beat the majority label (validation Macro-F1 1.000 against 0.")


def test_a_valid_cell_without_a_manifest_is_refused() -> None:
    ghost = row("ghost", 1, 1)
    for validations in ({}, {"tweets": validation()}):
        with pytest.raises(ReportError, match="no manifest of tweets/ghost/int8, which was measured; export it again"):
            recommend(benchmark(ghost), validations, Report())


def test_a_bag_of_words_that_is_as_good_is_named_and_never_picked() -> None:
    found = answer(Budget(), LARGE, TINY, of=validation(bag_of_words=0.1))
    assert found.kind == "nothing_learned"
    assert found.sentence.startswith("a bag of words is as good (validation Macro-F1 0.")
    assert answer(Budget(), TINY, of=validation(bag_of_words=0.05)).sentence.startswith(
        "a bag of words is better (validation Macro-F1 0."
    )


def test_a_file_that_beats_the_bag_of_words_is_taken_before_a_faster_one_that_does_not() -> None:
    gold = GOLD[:300]
    wrong: dict[str, float | list[str]] = {"large": wrong_in(0.03, gold), "tiny": wrong_in(0.06, gold, 200)}
    of = validation(wrong, bag_of_words=0.11, gold=gold)
    found = answer(Budget(), LARGE, TINY, of=of)
    assert found.file
    assert found.file.model == "large"
    because, reason = why(found, "tiny")
    assert because == "nothing_learned"
    scores = f"{of.scores['tiny', 'int8']:.3f} against {of.scores['bag_of_words']:.3f}"
    assert reason == f"not shown to beat a bag of words (validation Macro-F1 {scores})"


def test_a_missing_bag_of_words_is_a_doubt() -> None:
    of = validation(bag_of_words=None, missing="'report.bag_of_words' is false")
    assert answer(Budget(), LARGE, of=of).doubts == [
        "the comparison with a bag of words is missing: 'report.bag_of_words' is false"
    ]


def test_files_that_learned_nothing_are_listed_for_the_studies() -> None:
    of = validation({"large": 0.1, "idle": ["NEUTRAL"] * TEXTS})
    assert unlearned({"tweets": of}, 0.05) == [("tweets", "idle", "int8")]


def test_a_file_that_takes_several_tweets_at_once_is_within_a_limit_as_a_whole_batch(results: Results) -> None:
    """25 ms a tweet, but 102 ms for one that comes alone."""
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key, batch_size=4, table=batched_samples(4, batch_ms=100))
    inputs = results.inputs(key)
    cells = merge(inputs)
    settings = Report(budgets={"wide": Budget(latency_p95_ms=102), "tight": Budget(latency_p95_ms=50)})
    within, beyond = recommend(cells, {"tweets": validation()}, settings)
    assert within.kind == "recommended"
    assert beyond.sentence == "none fits; nearest: tiny int8 (p95 102 ms, at most 50 ms wanted)"


def test_a_cell_that_is_not_valid_is_never_recommended_and_says_why() -> None:
    found = answer(Budget(), LARGE.model_copy(update={"verdict": "mismatch", "reason": "the device ran another"}), TINY)
    assert found.file
    assert found.file.model == "tiny"
    assert why(found, "large") == ("invalid", "mismatch: the device ran another")


def test_nothing_is_recommended_for_an_emulated_device() -> None:
    rows = [row("large", 1, 1, device="qemu", emulated="true"), TINY]
    assert [found.device for found in recommend(benchmark(*rows), {"tweets": validation()}, Report())] == ["pi"]


def test_none_fits_names_the_nearest_miss_and_the_limits_it_breaks() -> None:
    assert chosen(Budget(model_mb=1), LARGE, SMALL, TINY) == "none fits; nearest: tiny int8 (file 2 MB, at most 1 MB wanted)"
    assert chosen(Budget(latency_p95_ms=1, model_mb=15), SMALL) == (
        "none fits; nearest: small int8 (p95 30 ms, at most 1 ms wanted; file 20 MB, at most 15 MB wanted)"
    )
    assert chosen(Budget(score=0.99), LARGE, TINY).startswith("none fits; nearest: large int8 (score 0.899, at least 0.99")


def test_a_figure_that_was_not_measured_does_not_pass_a_limit() -> None:
    unknown = TINY.model_copy(update={"peak_rss_mb": None})
    nothing = chosen(Budget(peak_rss_mb=100), unknown)
    assert nothing == "none fits; nearest: tiny int8 (memory not measured, at most 100 MB wanted)"
    not_a_number = TINY.model_copy(update={"peak_rss_mb": float("nan")})
    assert chosen(Budget(peak_rss_mb=100), not_a_number) == nothing


def test_an_interval_that_crosses_a_limit_says_so() -> None:
    wide = TINY.model_copy(update={"latency_p95_low_ms": 2.5, "latency_p95_high_ms": 3.5})
    assert answer(Budget(latency_p95_ms=3.2), wide).doubts == [
        "the 95 % interval of p95, 2.5 to 3.5 ms, crosses the limit 3.2 ms"
    ]
    assert not answer(Budget(latency_p95_ms=4), wide).doubts
    assert answer(Budget(latency_p95_ms=2.8), wide).sentence.endswith(
        "(p95 3 ms, at most 2.8 ms wanted, though its interval, 2.5 to 3.5, crosses that)"
    )


def test_a_disturbed_run_says_so_whether_it_was_picked_or_left_out() -> None:
    busy = TINY.model_copy(update={"cpu_pressure_max_percent": 33.0})
    assert answer(Budget(), busy).doubts == ["33 % of the time another process waited: measure again"]
    assert answer(Budget(latency_p95_ms=1), busy).sentence.endswith("another process waited: measure again)")
    assert "measure again" not in answer(Budget(model_mb=1), busy).sentence


def test_a_device_without_a_valid_cell_says_why() -> None:
    hot = [each.model_copy(update={"verdict": "throttled"}) for each in (LARGE, TINY)]
    assert answer(Budget(), *hot).sentence == "every file was throttled on pi"
    gone = Row(dataset="tweets", model="large", variant="int8", device="pi", verdict="unreachable")
    assert answer(Budget(), gone, hot[1]).sentence == "no file is valid on pi: 1 unreachable, 1 throttled"
    [found] = recommend(benchmark(gone), {}, Report())
    assert (found.kind, found.sentence) == ("nothing_valid", "every file is unreachable on pi")


def test_there_is_an_answer_for_each_data_set_device_and_budget() -> None:
    rows = [TINY, TINY.model_copy(update={"device": "other"}), TINY.model_copy(update={"dataset": "more"})]
    settings = Report(budgets={"a": Budget(), "b": Budget(model_mb=1)})
    answers = recommend(benchmark(*rows), {"tweets": validation(), "more": validation()}, settings)
    assert [(found.dataset, found.device, found.budget, found.kind) for found in answers] == [
        ("tweets", "pi", "a", "recommended"),
        ("tweets", "pi", "b", "none_fits"),
        ("tweets", "other", "a", "recommended"),
        ("tweets", "other", "b", "none_fits"),
        ("more", "pi", "a", "recommended"),
        ("more", "pi", "b", "none_fits"),
    ]


def test_a_limit_on_a_label_concerns_the_data_sets_that_have_it() -> None:
    rows = [TINY, TINY.model_copy(update={"dataset": "more"})]
    of = validation()
    other = Validation(of.task, [*LABELS, "SPAM"], of.texts, of.files, of.without_transformer)
    settings = Report(budgets={"budget": Budget(recall={"SPAM": 0.5})})
    answers = recommend(benchmark(*rows), {"tweets": of, "more": other}, settings)
    assert [(found.kind, found.limits) for found in answers] == [("recommended", {}), ("none_fits", {"recall.SPAM": 0.5})]
    with pytest.raises(
        ReportError, match=r"'report.budgets.budget.recall': no data set has the label 'POSITVE'; did you mean 'POS"
    ):
        recommend(benchmark(*rows), {"tweets": of}, Report(budgets={"budget": Budget(recall={"POSITVE": 0.5})}))


def test_percentiles_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match=r"'latency_p50_ms' \(10\) is above 'latency_p95_ms' \(5\)"):
        Budget(latency_p50_ms=10, latency_p95_ms=5)


def test_the_terminal_says_it_in_five_lines_a_device() -> None:
    budgets = {f"budget {number}\x1b[31m": Budget(model_mb=1 + number) for number in range(6)}
    busy = TINY.model_copy(update={"cpu_pressure_max_percent": 33.0, "simulated": True})
    answers = recommend(
        benchmark(busy, LARGE.model_copy(update={"device": "second"})), {"tweets": validation()}, Report(budgets=budgets)
    )
    recommendation = Recommendation(level=0.05, prefer="fastest", answers=answers, unlearned=[])
    lines = words.lines(recommendation, "results/report/x/recommendation.json")
    assert lines[0] == "pi (simulated), tweets"
    assert lines[1].startswith("  budget 0\N{REPLACEMENT CHARACTER}[31m: none fits; nearest: tiny int8")
    heads = [place for place, line in enumerate(lines) if not line.startswith(" ")]
    assert [lines[place] for place in heads] == ["pi (simulated), tweets", "second, tweets"]
    assert all(end - start <= 5 for start, end in zip(heads, [*heads[1:], len(lines)], strict=True))
    assert lines[-1].endswith(" lines more: results/report/x/recommendation.json")
    assert not any("\x1b" in line for line in lines)


class TestAnswersOfFiles:
    """What is read of the earlier stages."""

    KEYS = (CellKey("tweets", "tiny", "int8", "pi"), CellKey("tweets", "tiny", "fp32", "pi"))

    def test_they_are_read_with_those_of_what_uses_no_transformer(self, results: Results) -> None:
        for key in self.KEYS:
            results.add_export(key)
        results.add_split("tweets")
        results.add_bag_of_words("tweets", wrong=2)
        found = read_validations(results.inputs(*self.KEYS))["tweets"]
        assert [*found.files] == [("tiny", "int8"), ("tiny", "fp32")]
        assert [*found.without_transformer] == ["majority", "topic_majority", "chance", "bag_of_words"]
        assert not found.missing

    def test_rules_that_read_the_texts_get_them(self, results: Results) -> None:
        results.add_split("tweets", label='[[0,2,"PER"]]')
        path = results.add_export(self.KEYS[0], validation=samples(passes=1).assign(label="[]", predicted="[]"))
        Manifest.read(path).model_copy(update={"task": "entities", "labels": ["PER"]}).write(path)
        found = read_validations(results.inputs(self.KEYS[0]))["tweets"]
        assert found.without_transformer == {"lexicon": ['[[0,2,"PER"]]'] * 20}
        assert not found.missing, "no bag of words can learn the task"

    def test_texts_that_are_gone_are_refused(self, results: Results) -> None:
        path = results.add_split("tweets").with_name("validation.parquet")
        results.add_export(self.KEYS[0], validation=samples(tweets=21, passes=1))
        with pytest.raises(ReportError, match=rf"{path}: some validation texts are missing; remove it, and run again"):
            read_validations(results.inputs(self.KEYS[0]))

    def test_those_of_other_texts_are_refused(self, results: Results) -> None:
        for key, count in zip(self.KEYS, (20, 19), strict=True):
            results.add_export(key, validation=samples(tweets=count, passes=1))
        results.add_split("tweets")
        with pytest.raises(ReportError, match=r"fp32/validation_predictions.csv: not the validation texts of .*int8"):
            read_validations(results.inputs(*self.KEYS))

    @pytest.mark.parametrize("changes", [{"task": "grade"}, {"labels": ["NEUTRAL", "POSITIVE"]}])
    def test_those_of_another_task_or_other_labels_are_refused(self, results: Results, changes: dict[str, Any]) -> None:
        first, second = (results.add_export(key) for key in self.KEYS)
        Manifest.read(second).model_copy(update=changes).write(second)
        results.add_split("tweets")
        with pytest.raises(ReportError, match=rf"{second}: another task or other labels than those of {first}"):
            read_validations(results.inputs(*self.KEYS))

    def test_changed_ones_are_refused(self, results: Results) -> None:
        manifest = results.add_export(self.KEYS[0])
        answers = manifest.with_name("validation_predictions.csv")
        answers.write_text(answers.read_text().replace("POSITIVE", "NEGATIVE"))
        results.add_split("tweets")
        with pytest.raises(RecordError, match=r"validation_predictions.csv: changed after it was made"):
            read_validations(results.inputs(*self.KEYS))

    def test_a_bag_of_words_that_failed_or_is_off_is_missing_with_the_reason(self, results: Results) -> None:
        results.add_export(self.KEYS[0])
        results.add_split("tweets")
        assert read_validations(results.inputs(self.KEYS[0]))["tweets"].missing == "'report.bag_of_words' is false"
        path: Path = results.root / "train/tweets/bag_of_words.json"
        path.parent.mkdir(parents=True)
        BagOfWordsMetrics(dataset="tweets", task="one_label", failed="too few").write(path)
        assert read_validations(results.inputs(self.KEYS[0]))["tweets"].missing == "too few"

    def test_a_bag_of_words_of_an_earlier_run_has_no_part_where_it_is_off(self, results: Results) -> None:
        results.add_export(self.KEYS[0])
        results.add_split("tweets")
        results.add_bag_of_words("tweets", wrong=2)
        found = read_validations(results.inputs(self.KEYS[0]), bag_of_words=False)["tweets"]
        assert "bag_of_words" not in found.without_transformer
        assert found.missing == "'report.bag_of_words' is false"


def test_the_document_is_read_as_it_was_written(tmp_path: Path) -> None:
    found = answer(Budget(), LARGE, TINY)
    path = tmp_path / "recommendation.json"
    Recommendation(level=0.05, prefer="fastest", answers=[found], unlearned=[]).write(path)
    assert Recommendation.read(path).answers == [found]
    assert json.loads(path.read_text())["answers"][0]["file"]["model"] == "large"


def test_nothing_is_said_of_an_emulated_device_that_lacks_cells() -> None:
    rows = [row("large", 1, 1, device="qemu", emulated=True), TINY]
    rows.append(Row(dataset="tweets", model="tiny", variant="int8", device="qemu", verdict="missing"))
    assert [found.device for found in recommend(benchmark(*rows), {"tweets": validation()}, Report())] == ["pi"]


def test_a_level_that_no_number_of_texts_reaches_is_refused() -> None:
    assert chosen(Budget(), LARGE, level=0.001) == "large"
    with pytest.raises(ValidationError, match=r"greater than or equal to 0\.001"):
        Report(level=0.0001)


def test_a_file_left_out_says_by_how_much_even_where_energy_was_not_measured() -> None:
    of = validation({"small": 0.1, "tiny": 0.1})
    assert why(answer(Budget(), SMALL, TINY, of=of, prefer="most_frugal"), "small") == (
        "as_good",
        "as good; energy of a text not measured; p50 20 against 2 ms",
    )


def test_a_time_that_was_not_measured_is_said_once() -> None:
    untimed = SMALL.model_copy(update={"latency_p50_ms": float("nan")})
    found = answer(Budget(), untimed, TINY, of=validation({"small": 0.1, "tiny": 0.1}))
    assert why(found, "small") == ("as_good", "as good; p50 not measured")


def test_too_few_texts_to_beat_a_bag_of_words_say_how_many_more_would_do() -> None:
    for texts, bag_of_words in ((30, 0.3), (20, 0.4)):
        found = answer(Budget(), LARGE, of=validation({"large": 0.15}, gold=GOLD[:texts], bag_of_words=bag_of_words))
        assert found.kind == "nothing_learned"
        [doubt] = found.doubts
        assert doubt.startswith("about ")
        assert doubt.endswith(" would show that large int8 beats a bag of words at this difference")


def test_an_interval_of_the_score_that_crosses_a_limit_says_so() -> None:
    score = validation().scores["tiny", "int8"]
    [doubt] = answer(Budget(score=score - 0.001), TINY).doubts
    assert doubt.startswith("the 95 % interval of score, 0.")
    assert "though its interval, 0." in answer(Budget(score=score + 0.001), TINY).sentence
    assert not answer(Budget(score=score - 0.2), TINY).doubts


def test_a_score_that_is_no_number_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """As a correlation is for constant answers."""
    of_task = task("one_label")
    score_of = type(of_task).score_of

    def undefined(self: object, sums: np.ndarray) -> np.ndarray:
        score: np.ndarray = score_of(of_task, sums)
        return np.where(sums[..., len(LABELS) : 2 * len(LABELS)].max(axis=-1) == TEXTS, np.nan, score)

    monkeypatch.setattr(type(of_task), "score_of", undefined)
    with pytest.raises(ReportError, match="task 'one_label': Macro-F1 of majority on the validation texts is not a number"):
        answer(Budget(), LARGE, of=validation(bag_of_words=None))
