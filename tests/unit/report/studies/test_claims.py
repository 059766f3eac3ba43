from __future__ import annotations

from collections.abc import Collection

import pandas as pd
import pytest

from replite.records.train import TrainMetrics
from replite.report.inputs import CellKey, FileKey
from replite.report.merge import merge
from replite.report.studies.replab2013 import bert_large
from replite.report.studies.replab2013.claims import Claim, first_study
from tests.unit.report.results import Results, batched_samples, samples

KEY = CellKey("tweets", "tiny", "int8", "pi")
WEIGHTS, CHECKPOINT, BOARD, SIMULATED, POINTS, RELATIVE, LARGEST, FP32, SMALL, SMALLER = range(10)


def claims(results: Results, *keys: CellKey, unlearned: Collection[FileKey] = ()) -> list[Claim]:
    inputs = results.inputs(*keys)
    benchmark: pd.DataFrame = merge(inputs)
    return first_study(benchmark, [TrainMetrics.read(path) for path in inputs.trained], unlearned)


def test_160_times_smaller_is_answered_for_both_readings(results: Results) -> None:
    results.add(KEY, model_bytes=25_000_000)
    answers = claims(results, KEY)
    assert (answers[WEIGHTS].answer, answers[CHECKPOINT].answer) == ("not reached", "reached")
    assert "53.6 times smaller" in answers[WEIGHTS].measured
    assert "160.9 times smaller" in answers[CHECKPOINT].measured
    assert "at most 8.38 MB" in answers[WEIGHTS].measured


def test_one_tweet_per_second_on_a_board_is_not_answered_by_a_simulated_device(results: Results) -> None:
    results.add(KEY, simulated=True, table=samples(median_ms=10))
    answers = claims(results, KEY)
    assert (answers[BOARD].answer, answers[SIMULATED].answer) == ("not measured", "reached")


@pytest.mark.parametrize(("slow_ms", "answer"), [(300, "reached"), (3000, "partly reached")])
def test_one_tweet_per_second_counts_every_cell(results: Results, slow_ms: float, answer: str) -> None:
    slow = KEY._replace(variant="fp32")
    results.add(KEY, table=samples(median_ms=10))
    results.add(slow, table=samples(median_ms=slow_ms))
    assert claims(results, KEY, slow)[BOARD].answer == answer


def test_one_tweet_per_second_is_of_files_that_take_one_at_a_time(results: Results) -> None:
    batched = KEY._replace(variant="batched")
    results.add(KEY, table=samples(median_ms=3000))
    results.add(batched, batch_size=4, table=batched_samples(4, batch_ms=3000))
    assert claims(results, KEY, batched)[BOARD].answer == "not reached"
    assert claims(results, batched)[BOARD].answer == "not measured"


def test_the_drop_from_bert_large_takes_bert_large(results: Results) -> None:
    results.add(KEY)
    results.add_training("tweets", "tiny")
    for answer in claims(results, KEY)[POINTS : RELATIVE + 1]:
        assert (answer.answer, answer.measured) == ("not measured", "Not measured: no BERT-large was trained.")


def test_the_drop_from_bert_large_is_answered_for_both_readings(results: Results) -> None:
    results.add(KEY, table=samples(tweets=100, wrong=23))
    large = KEY._replace(model="large")
    results.add_training("tweets", "large", parameters=bert_large.PARAMETERS + 3_075, wrong=4)
    points, relative = claims(results, KEY, large)[POINTS : RELATIVE + 1]
    assert (points.answer, relative.answer) == ("reached", "reached")
    results.add(KEY, table=samples(tweets=100, wrong=24))
    points, relative = claims(results, KEY, large)[POINTS : RELATIVE + 1]
    assert (points.answer, relative.answer) == ("reached", "not reached")
    assert "tiny int8 0.760 on 100 test tweets, BERT-large's float model 0.800 on 20: 4.00 points (5.00 % relative) below" in (
        points.measured
    )


def test_the_largest_model_of_the_run_stands_in_for_bert_large(results: Results) -> None:
    full, small = KEY._replace(model="large", variant="fp32"), KEY._replace(variant="fp32")
    results.add(KEY, table=samples(tweets=100, wrong=30))
    results.add(small, table=samples(tweets=100, wrong=10))
    assert claims(results, KEY)[LARGEST].answer == "not measured"
    results.add(full, table=samples(tweets=100, wrong=20))
    results.add_export(full, parameters=67_028_378)
    told = claims(results, KEY, small, full)[LARGEST].measured
    assert "against large fp32, 20.0% of BERT-large's weights: of 2 files 1 are at most 4.1 points below it" in told
    assert "the least accurate is tiny int8, 10.00 points (12.50 % relative) below." in told


def test_the_cost_of_quantization_compares_files_of_one_model_on_one_device(results: Results) -> None:
    full, elsewhere = KEY._replace(variant="fp32"), KEY._replace(variant="fp32", device="other")
    results.add(KEY, table=samples(wrong=6))
    results.add(elsewhere, table=samples(wrong=0))
    assert claims(results, KEY, elsewhere)[FP32].answer == "not measured"
    results.add(full, table=samples(wrong=5))
    assert "5.00 points" in claims(results, KEY, elsewhere, full)[FP32].measured


def test_the_cost_of_a_small_file_is_told_against_the_fp32_file_on_the_same_device(results: Results) -> None:
    full = KEY._replace(variant="fp32")
    results.add(full, model_bytes=90_000_000, table=samples(wrong=4))
    results.add(KEY, model_bytes=8_000_000, table=samples(wrong=5))
    answers = claims(results, KEY, full)
    assert "tiny int8, 8.00 MB, macro-F1" in answers[SMALL].measured
    assert "accuracy 0.750, 5.00 points (6.25 % relative) below" in answers[SMALL].measured
    assert answers[SMALLER].measured == "Not measured: no valid file is as small."


@pytest.mark.parametrize("index", [CHECKPOINT, BOARD, POINTS, RELATIVE])
def test_a_file_that_learned_nothing_reaches_no_claim(results: Results, index: int) -> None:
    large = KEY._replace(model="large", variant="fp32")
    results.add(KEY, table=samples(wrong=4))
    results.add_training("tweets", "large", parameters=bert_large.PARAMETERS)
    assert claims(results, KEY, large)[index].answer == "reached"
    assert claims(results, KEY, large, unlearned={KEY[:3]})[index].answer == "not measured"


def test_a_file_that_learned_nothing_spoils_no_claim_of_the_others(results: Results) -> None:
    constant = KEY._replace(variant="constant")
    results.add(KEY)
    results.add(constant, model_bytes=30_000_000, table=samples(wrong=10, median_ms=3000))
    assert claims(results, KEY, constant)[CHECKPOINT].answer == "partly reached"
    answers = claims(results, KEY, constant, unlearned={constant[:3]})
    assert (answers[CHECKPOINT].answer, answers[BOARD].answer) == ("reached", "reached")


def test_a_bert_large_that_learned_nothing_is_no_reference(results: Results) -> None:
    """It counts as long as one of its files learned something."""
    full, small = (KEY._replace(model="large", variant=variant) for variant in ("fp32", "int8"))
    results.add(KEY, table=samples(wrong=4))
    results.add_training("tweets", "large", parameters=bert_large.PARAMETERS)
    assert claims(results, KEY, full, small, unlearned={small[:3]})[POINTS].answer == "reached"
    told = claims(results, KEY, full, small, unlearned={full[:3], small[:3]})[POINTS]
    assert (told.answer, told.measured) == ("not measured", "Not measured: BERT-large learned nothing.")


def test_without_a_valid_cell_nothing_is_claimed(results: Results) -> None:
    assert {claim.answer for claim in claims(results, KEY)} == {"not measured"}
