from __future__ import annotations

import dataclasses
import re
from collections.abc import Collection, Mapping, Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import pandas as pd
import pytest

from replite.config.report import Budget, Report
from replite.records.data import TopicCard
from replite.records.export import LayerError, Manifest
from replite.records.measure import AfterPause, DeviceState, Energy, Verdict, Window
from replite.records.recommendation import FileOfSet, FileSet, Recommendation, SetAnswer
from replite.records.train import BagOfWordsMetrics, TrainMetrics
from replite.report import words
from replite.report.errors import ReportError
from replite.report.figures import figures as figures_of
from replite.report.figures.files import write_figures
from replite.report.inputs import CellKey, FileKey
from replite.report.merge import merge
from replite.report.page import VERDICTS, write_report
from replite.report.recommend import recommend
from replite.report.studies import STUDIES
from replite.report.validation import read_validations
from replite.tasks import task
from tests.unit.report.results import NOTHING, Results, batched_samples, samples

GOOD = CellKey("tweets", "tiny", "int8", "pi")
BAD = CellKey("tweets", "tiny", "fp32", "pi")
ABSENT = CellKey("tweets", "tiny", "int8", "offline")


class Page(HTMLParser):
    """What a browser would load, and the text that it would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.loaded: list[str] = []
        self.text = ""
        self.inside = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.inside = tag
        self.loaded += [value or "" for name, value in attributes if name in ("src", "href", "data", "srcset")]

    def handle_endtag(self, tag: str) -> None:
        self.inside = ""

    def handle_data(self, data: str) -> None:
        self.text += data if self.inside not in ("script", "style") else ""


@pytest.fixture(scope="module")
def figures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of figures; that no cell is valid in them is of no matter to the page."""
    folder = tmp_path_factory.mktemp("figures")
    write_figures(folder, figures_of(["tweets"], sustained=True).values(), NOTHING)
    return folder


def report(
    results: Results,
    figures: Path,
    *keys: CellKey,
    settings: Report | None = None,
    unlearned: Collection[FileKey] = (),
    together: Sequence[SetAnswer] = (),
    not_trained: Mapping[str, str] | None = None,
    operators: pd.DataFrame | None = None,
) -> str:
    settings = settings or Report()
    inputs, output = results.inputs(*keys), results.root / "report.html"
    for dataset in {key.dataset for key in keys}:
        results.add_split(dataset)
    studies = [STUDIES[name] for name in settings.studies]
    training = dict.fromkeys(inputs.training_splits, samples(wrong=0, passes=1))
    benchmark = merge(inputs, studies=studies, training=training)
    recommendation = Recommendation(
        level=settings.level,
        prefer=settings.prefer,
        answers=recommend(benchmark, read_validations(inputs), settings),
        together=list(together),
        unlearned=list(unlearned),
    )
    write_report(
        output,
        benchmark,
        inputs,
        recommendation=recommendation,
        without_teacher={"tiny": "alone"},
        not_trained=not_trained or {},
        figures=figures,
        settings=settings,
        operators=operators,
    )
    return output.read_text()


def test_the_page_shows_every_cell_and_loads_nothing(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add(BAD, verdict="quality_fail", reason="agreement 0.912 is below 0.99", simulated=True)
    results.add_training("tweets", "tiny")
    results.add_card("tweets")
    page = Page(report(results, figures, GOOD, BAD, ABSENT))
    for shown in (
        "1 of 3 cells",
        "agreement 0.912 is below 0.99",
        "offline",
        "there is no record",
        "topic majority",
        "4 no text",
    ):
        assert shown in page.text
    assert all(source.startswith(("#", "data:image/svg+xml;base64,")) for source in page.loaded)
    assert len([source for source in page.loaded if source.startswith("data:")]) == 4
    assert not {"link", "iframe", "object"} & set(page.tags)
    assert not re.search(r"url\(|@import|https?://", page.text)


def test_a_limit_on_the_score_is_the_greatest_where_less_is_better(
    results: Results, figures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    settings = Report(budgets={"good": Budget(score=0.9)})
    assert "score at least 0.9" in report(results, figures, GOOD, settings=settings)
    primary, *others = task("one_label").metrics
    less = dataclasses.replace(primary, larger_is_better=False)
    monkeypatch.setattr(type(task("one_label")), "metrics", (less, *others))
    assert "score at most 0.9" in report(results, figures, GOOD, settings=settings)


def test_files_that_run_side_by_side_have_a_sentence_and_a_table(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    small = {"model": "tiny", "variant": "int8", "metric": "F1", "figures": {"score": 0.9}, "intervals": {}}
    files = [FileOfSet.model_validate(small | {"dataset": dataset}) for dataset in ("tweets", "<names>")]
    taken = FileSet(files=files, sums={"latency_p50_ms": 90.5, "peak_rss_mb": 150}, measured={"latency_p50_ms": 91.25})
    answer = SetAnswer(
        datasets=["tweets", "<names>"],
        device="pi",
        simulated=False,
        budget="a board",
        limits={"peak_rss_mb": 2000, "loss_from_best": 0.03},
        kind="recommended",
        sentence=words.run_together(taken),
        sets=[taken, taken.model_copy(update={"measured": {}, "reason": "it was killed"})],
    )
    page = Page(report(results, figures, GOOD, together=[answer]))
    text = " ".join(page.text.split())
    assert (
        "run tiny int8 for tweets and tiny int8 for <names> (validation F1 0.900, F1 0.900) in one process: p50 91.2 ms" in text
    )
    assert "memory at most 2,000 MB" in text
    assert "loss from the best file at most 0.03" in text
    assert "91.2 (90.5) – (–) – (150)" in text
    assert "– (90.5) – (–) – (150) – (–) – (–) it was killed" in text
    assert "side by side" not in Page(report(results, figures, GOOD)).text


def test_models_show_the_mean_over_their_seeds_and_what_a_teacher_adds(results: Results, figures: Path) -> None:
    alone = GOOD._replace(model="alone")
    for key in (GOOD, alone):
        results.add(key)
    results.add_training("tweets", "tiny", parameters=3_351_419, wrong=3, others=[4, 5], teacher="large")
    results.add_training("tweets", "alone", wrong=4, others=[5, 6])
    words = " ".join(Page(report(results, figures, GOOD, alone)).text.split())
    shown = ["taught by large", "6", "384", "12", "30,522", "3,351,419", "13.4", "1,000"]
    assert re.search(r"\s*".join(map(re.escape, shown)), words)
    assert "0.8000.676–0.924" in words
    assert "What the teacher adds" in words
    assert "+5.00+5.00 to +5.00" in words


def test_a_page_names_no_path(results: Results, figures: Path) -> None:
    results.add(GOOD)
    path = results.add_training("tweets", "tiny")
    TrainMetrics.read(path).model_copy(update={"started_from": "/home/alice/checkpoint"}).write(path)
    page = report(results, figures, GOOD)
    assert "from a folder" in page
    assert "alice" not in page


def test_models_stand_beside_a_bag_of_words(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    results.add_bag_of_words("tweets", wrong=7)
    row = re.search(r"<td>bag of words</td>(.*?)</tr>", report(results, figures, GOOD), re.DOTALL)
    assert row is not None
    assert "0.650" in row[1]


def test_where_a_text_may_have_several_labels_each_has_a_row(results: Results, figures: Path) -> None:
    results.add(GOOD)
    path, score = results.add_training("tweets", "tiny"), task("entities").score
    gold, labels = ['[[0,3,"PER"],[4,7,"LOC"]]', '[[0,3,"PER"]]'], ["PER", "LOC"]
    test, lexicon = (score(gold, said, ["", ""], labels) for said in (gold, [gold[0], "[]"]))
    changes = {"task": "entities", "test": test, "baselines": {"lexicon": lexicon}}
    TrainMetrics.read(path).model_copy(update=changes).write(path)
    words = " ".join(Page(report(results, figures, GOOD)).text.split())
    assert "beside what needs no model: a lexicon of the training entities." in words
    heads = "tinyprecision recall F1a lexicon of the training entitiesprecision recall F1"
    assert f"LabelIn goldShare{heads}" in words
    assert "PER20.667 1.000 1.000 1.0001.000 0.500 0.667" in words


def test_a_bag_of_words_that_could_not_be_trained_is_missing_with_its_reason(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    path = results.root / "train/tweets/bag_of_words.json"
    BagOfWordsMetrics(dataset="tweets", task="one_label", failed="no terms remain <b>").write(path)
    words = " ".join(Page(report(results, figures, GOOD)).text.split())
    assert "bag of wordsmissing: no terms remain <b>" in words


def test_a_bag_of_words_that_is_switched_off_is_missing_too(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    assert "bag of wordsmissing: it was not trained" in " ".join(Page(report(results, figures, GOOD)).text.split())
    results.add_bag_of_words("tweets", wrong=7)
    words = " ".join(Page(report(results, figures, GOOD, settings=Report(bag_of_words=False))).text.split())
    assert "bag of wordsmissing: 'report.bag_of_words' is false" in words


def test_what_was_not_measured_is_a_dash_and_small_figures_keep_their_digits(results: Results, figures: Path) -> None:
    results.add(GOOD, table=samples(median_ms=0.01), peak_rss_mb=None)
    budget = Report(budgets={"fast": Budget(latency_p95_ms=0.55)})
    words = " ".join(Page(report(results, figures, GOOD, settings=budget)).text.split())
    assert "p95 at most 0.55 ms" in words
    assert re.search(r"p50, p95 ?0\.51 ms, 0\.51\d* ms File, memory ?25 MB", words)


def test_the_latency_after_a_pause_is_shown_where_it_was_measured(results: Results, figures: Path) -> None:
    results.add(BAD)
    assert "p50 after a pause, ms" not in report(results, figures, BAD)
    results.add(GOOD, paused=[AfterPause(waited_seconds=2, tokenize_ms=0.5, inference_ms=123)])
    text = Page(report(results, figures, GOOD, BAD)).text
    assert "p50 after a pause, ms" in text
    assert text.count("123.50") == 2


def test_energy_is_shown_where_it_was_measured(results: Results, figures: Path) -> None:
    results.add(GOOD)
    assert "Joules" not in report(results, figures, GOOD)
    energy = Energy(source="meter", idle_w=2.5, mean_w=4.0, joules_per_tweet=0.0123, low=0.012, high=0.0126)
    results.add(GOOD, energy=energy)
    words = " ".join(Page(report(results, figures, GOOD)).text.split())
    assert "Joules a text" in words
    assert "0.0123 0.012–0.0126 idle 2.5 W" in words


def test_sustained_runs_have_a_figure_where_there_are_any(results: Results, figures: Path) -> None:
    results.add(GOOD)
    assert "Sustained runs" not in Page(report(results, figures, GOOD)).text
    window = Window(tweets=10, seconds=10, state=DeviceState(seconds_since_start=10))
    results.add(GOOD, sustained=[window, window])
    assert "Sustained runs" in Page(report(results, figures, GOOD)).text


def test_an_emulated_device_is_called_so_and_shows_no_times(results: Results, figures: Path) -> None:
    results.add(GOOD, simulated=True, emulated=True, table=samples(median_ms=123456))
    text = Page(report(results, figures, GOOD)).text
    assert "emulated: no measurement" in text
    assert not re.search(r"12\d,\d{3}", text)


def test_a_calibrated_file_names_the_layers_that_lose_most(results: Results, figures: Path) -> None:
    results.add(GOOD)
    assert "What calibration costs" not in report(results, figures, GOOD)
    path = results.add_export(GOOD)
    lost = LayerError(layer="length_48/layer_5/output", operator="FULLY_CONNECTED", error=0.321)
    Manifest.read(path).model_copy(update={"layer_errors": [lost]}).write(path)
    text = Page(report(results, figures, GOOD)).text
    assert "length_48/layer_5/output" in text
    assert "0.321" in text


def test_a_study_says_where_counting_labels_is_worse_than_knowing_nothing_new(results: Results, figures: Path) -> None:
    """The made-up training tweets have the very shares that are asked for. Of ten tweets of a topic two and three are wrong."""
    results.add(GOOD, table=samples(wrong=5))
    html = report(results, figures, GOOD, settings=Report(studies=["replab2013"]))
    section = html[html.index('<section id="shares">') : html.index('<section id="claims">')]
    assert "In 1 of 1 cells counting labels tells the shares worse than the training shares" in section
    row = re.findall(r"<td.*?>(.*?)</td>", section)
    assert (row[0], row[1], row[3], row[5], row[6]) == ("tiny int8", "pi", "0.167", "0.000", "0")


def test_a_study_names_the_files_that_its_claims_leave_out(results: Results, figures: Path) -> None:
    results.add(GOOD)
    study = Report(studies=["replab2013"])
    assert "left out:" not in report(results, figures, GOOD, settings=study)
    told = "1 file that learned nothing is left out: tiny int8 (tweets)."
    assert told in report(results, figures, GOOD, settings=study, unlearned=[GOOD[:3]])


def test_the_page_shows_the_hygiene_of_the_texts_and_the_evaluation_of_a_study(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_evaluation("tweets", "tiny")
    texts = {"E7": TopicCard(kept=16, dropped={"no_text": 4, "other_language": 5, "no_label": 9})}
    results.add_card("tweets", topics=texts)
    results.add_hygiene("tweets")
    page = Page(report(results, figures, GOOD, settings=Report(studies=["replab2013"])))
    words = " ".join(page.text.split())
    for shown in ("official subset; one without text counts as wrong", "banking", "topic majority", "Near-duplicates"):
        assert shown in words
    assert "training 42 of 50, from 1 of 1 topics; test 21 of 25, from 1 of 1 topics" in words
    assert "test texts that repeat a train text33" in words
    assert "so good" not in page.text.lower()


@pytest.mark.parametrize(
    ("offline", "shown"), [((True, True), "proven"), ((True, False), "not proven"), ((None, None), "not proven")]
)
def test_no_network_is_proven_for_a_device_if_it_is_for_all_its_valid_cells(
    offline: tuple[bool | None, ...], shown: str, results: Results, figures: Path
) -> None:
    for key, value in zip((GOOD, BAD), offline, strict=True):
        results.add(key, offline=value)
    assert f"<td>{shown}</td>" in report(results, figures, GOOD, BAD)


def test_hostile_names_are_shown_and_never_run(results: Results, figures: Path) -> None:
    hostile = """<script>alert("1")</script>'&<img src=x onerror=alert(1)>"""
    results.add(GOOD, description=hostile)
    results.add(BAD, verdict="unreachable", reason=hostile)
    results.add_card("tweets", faults={hostile: 3}, labels=[hostile])
    page = Page(report(results, figures, GOOD, BAD, settings=Report(title=hostile)))
    assert page.tags.count("script") == 3, "the page's data, twice, and its own script"
    assert "x" not in page.loaded
    assert page.text.count(hostile) >= 4


def test_a_page_can_be_made_of_nothing_but_missing_cells(results: Results, figures: Path) -> None:
    page = Page(report(results, figures, GOOD, ABSENT))
    assert "0 of 2 cells" in page.text
    assert "Every file is missing on pi" in page.text


def test_the_page_needs_the_figures(results: Results, tmp_path: Path) -> None:
    with pytest.raises(ReportError, match=r"scores_against_size\.svg: there is no such figure"):
        report(results, tmp_path, GOOD)


def test_a_figure_that_is_too_large_is_named_in_its_place(
    results: Results, figures: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    results.add(GOOD)
    monkeypatch.setattr("replite.report.page.LARGEST_FIGURE", 100)
    page = Page(report(results, figures, GOOD))
    assert "Left out, as it is too large for this page: figures/memory.svg beside it." in page.text
    assert not [source for source in page.loaded if source.startswith("data:")]


def test_every_verdict_is_explained() -> None:
    assert set(VERDICTS) == set(get_args(Verdict))


def test_a_file_that_takes_several_tweets_at_once_says_so(results: Results, figures: Path) -> None:
    results.add(GOOD, batch_size=4, table=batched_samples(4, batch_ms=100))
    text = Page(report(results, figures, GOOD)).text
    assert text.count("4 texts at once") == 3, "the recommendation, the results and the exported files"
    assert "MLPerf's Offline scenario" in text
    results.add(GOOD)
    assert "MLPerf's Offline scenario" not in Page(report(results, figures, GOOD)).text


def test_what_a_plan_left_out_is_told_with_the_reason(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    assert "Not trained" not in report(results, figures, GOOD)
    page = report(results, figures, GOOD, not_trained={"large": "file <5 MB, at most 4 MB wanted"})
    assert "<b>large</b>: file &lt;5 MB, at most 4 MB wanted" in page
