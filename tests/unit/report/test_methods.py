"""The methods section: it says what the records hold, and nothing of what they do not."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from replite.config.load import load
from replite.config.public import public
from replite.config.train import Training
from replite.records.provenance import Software
from replite.records.recommendation import Answer, File, Recommendation
from replite.records.record import Made
from replite.report.benchmark import write_benchmark
from replite.report.inputs import CellKey
from replite.report.merge import merge
from replite.report.methods import write_methods
from replite.report.provenance import Job, provenance
from tests.unit.report.results import FACTS, Results
from tests.unit.report.test_provenance import CONFIG

KEYS = [CellKey("tweets", "tiny", variant, device) for variant in ("fp32", "int8") for device in ("pi", "gone")]
NO_ANSWER = Recommendation(level=0.05, prefer="fastest", answers=[], unlearned=[])
FILE = File(model="tiny", variant="int8", figures={}, intervals={})


def methods(
    results: Results, *keys: CellKey, others: Sequence[int] = (5,), answers: Recommendation = NO_ANSWER, **changes: Any
) -> str:
    """Of results in which `keys` were measured, with `changes`, and a model was trained with several seeds."""
    results.add_card("tweets")
    results.add_training("tweets", "tiny", others=others)
    for key in KEYS:
        results.add_export(key)
    for key in keys:
        results.add(key, started=[datetime(2024, 5, 1, tzinfo=UTC)], **changes)
    inputs, path = results.inputs(*KEYS), results.root / "report/mine/benchmark.csv"
    benchmark = merge(inputs)
    write_benchmark(path, benchmark)
    path.with_name("models.csv").write_text("model\n")
    Made.seal(path, path.with_name("models.csv"))
    config = load({**CONFIG, "models": {**CONFIG["models"], "base": {**CONFIG["models"]["base"], "enabled": True}}})
    job = Job(configuration=public(config), told={"tiny": config.told_of("tiny")})
    source = provenance(job, inputs, path, Software(version="1.2", commit="abc", modified=False), path.with_suffix(".prov"))
    settings = {"tweets": {"tiny": Training(epochs=7)}}
    output = path.with_name("methods.md")
    write_methods(output, inputs, benchmark, recommendation=answers, provenance=source, settings=settings)
    return output.read_text()


def test_it_says_what_was_run(results: Results) -> None:
    text = methods(results, KEYS[0], KEYS[2])
    for said in (
        "tweets (Made up; terms: None)", "20 texts for training", "24,000,000 parameters",
        "at most 7 epochs (3 run, epoch 2 kept)",
        "seeds 0, 1", "The variant int8 is the quantization dynamic\\_int8", "The device pi is a board: Test Board, Cortex-T",
        f"{FACTS.runtime} {FACTS.runtime_version} with 1 thread,", "2 of 4 cells are valid", "from 2024-05-01 to 2024-05-01",
        "RepLite 1.2 (commit abc)", "tensorflow 2.19.1", "bootstrap over the texts", "binomial",
    ):  # fmt: skip
        assert said in text


def test_it_says_nothing_that_no_record_holds(results: Results) -> None:
    text = methods(results)
    assert "The device gone told nothing. 0 of its 2 cells are valid." in text
    assert "0 of 4 cells are valid." in text
    for unsaid in ("bootstrap", "binomial", "Student", "paired test", "were measured from", "Devices:"):
        assert unsaid not in text


@pytest.mark.parametrize(("kind", "said"), [("recommended", True), ("nothing_learned", False)])
def test_a_choice_is_told_where_one_was_made(results: Results, kind: Any, said: bool) -> None:
    answer = Answer(dataset="tweets", device="pi", simulated=False, budget="any", limits={}, kind=kind, sentence="", file=FILE)
    text = methods(results, KEYS[0], answers=NO_ANSWER.model_copy(update={"answers": [answer]}))
    assert ("the fastest was taken" in text) == said


def test_what_a_device_tells_is_text(results: Results) -> None:
    text = methods(results, KEYS[0], facts=FACTS.model_copy(update={"board": "<b>*Board*</b>"}))
    assert r"\<b\>\*Board\*\</b\>" in text


@pytest.mark.parametrize(("others", "said"), [([5], False), ([5, 6], True)])
def test_student_s_t_is_named_where_a_model_has_an_interval(results: Results, others: list[int], said: bool) -> None:
    assert ("Student's t" in methods(results, KEYS[0], others=others)) == said
