"""The whole workflow, from generated tweets over SSH to the report."""

import html
import json
import re
import zipfile
from pathlib import Path

import pandas as pd
import pytest

from replite.files import sha256
from replite.records.train import TrainMetrics
from replite.report.statistics import first_pass
from replite.report.studies.replab2013.priority import ORDER
from replite.report.studies.replab2013.runs import read_gold, read_run
from replite.report.studies.replab2013.score import Evaluation, look_up, score
from replite.report.studies.replab2013.shares import share_errors
from replite.seeds import SeedSummary
from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

OF_STUDIES = r"polarity|compan|replab|reputation|bert-large|claim|\bstud(y|ies)\b|reliability|size_ratio_|share_error_"
"""What a report on anybody's tweets does not speak of."""


def test_every_cell_is_measured_and_judged(finished: Project) -> None:
    cells = pd.read_csv(finished.results / "report/tiny/benchmark.csv")
    assert len(cells) == 4
    assert set(zip(cells["variant"], cells["device"], strict=True)) == {
        (variant, device) for variant in ("fp32", "int8") for device in ("first", "second")
    }
    assert cells["simulated"].all()
    assert (cells["verdict"] == "valid").all(), cells["reason"].tolist()
    assert (cells["latency_p50_ms"] > 0).all()


def test_the_report_opens_offline_and_has_its_figures_beside_it(finished: Project) -> None:
    page = (finished.results / "report/tiny/report.html").read_text()
    assert "simulated" in page
    assert 'src="http' not in page
    assert 'href="http' not in page.replace('href="https://arxiv.org', "")
    figures = sorted(path.name for path in (finished.results / "report/tiny/figures").iterdir())
    names = ["scores_against_size", "latency_by_device", "memory", "margin_kept", "models_over_seeds", "texts_generated"]
    assert figures == sorted(["figures.json", *(f"{name}.{suffix}" for name in names for suffix in ("pdf", "png", "svg"))])


def test_the_tables_and_the_methods_of_a_paper_stand_beside_it(finished: Project) -> None:
    tables = {path.name: path.read_text() for path in (finished.results / "report/tiny/tables").iterdir()}
    names = ("cells", "models", "recommendation")
    assert tables.keys() == {"methods.md", *(f"{name}.{suffix}" for name in names for suffix in ("md", "tex"))}
    assert tables["cells.tex"].count("& valid &") == 4
    for said in ("The model bert on generated", "seeds 0, 1", "4 of 4 cells are valid", "is a machine with limits", "RepLite"):
        assert said in tables["methods.md"]


def test_the_terminal_the_page_and_the_document_give_the_same_answers(finished: Project) -> None:
    answers = json.loads((finished.results / "report/tiny/recommendation.json").read_text())["answers"]
    assert [(answer["device"], answer["kind"]) for answer in answers] == [
        ("first", "nothing_learned"),
        ("second", "nothing_learned"),
    ]
    page = html.unescape((finished.results / "report/tiny/report.html").read_text())
    said = finished.snakemake("recommend").stdout
    for answer in answers:
        assert answer["reason"][0].upper() + answer["reason"][1:] in page
        assert answer["sentence"].startswith(answer["reason"])
        assert f"{answer['device']} (simulated), generated\n  no limit: {answer['sentence']}\n" in said


def test_the_models_table_has_a_row_for_each_model(finished: Project) -> None:
    [model] = pd.read_csv(finished.results / "report/tiny/models.csv").to_dict("records")
    summary = json.loads((finished.results / "train/generated/bert/seeds.json").read_text())
    assert (model["dataset"], model["model"], model["layers"]) == ("generated", "bert", 1)
    assert model["runs"] == len(summary["seeds"])
    assert model["test_accuracy"] == pytest.approx(summary["test"]["accuracy"]["mean"], rel=1e-5)


def test_the_float_models_predictions_are_those_that_were_scored(finished: Project) -> None:
    folder = finished.results / "train/generated/bert"
    predictions = pd.read_csv(folder / "predictions.csv", dtype=str)
    scored = json.loads((folder / "metrics.json").read_text())["test"]
    assert len(predictions) == scored["rows"]
    assert (predictions["label"] == predictions["predicted"]).mean() == pytest.approx(scored["figures"]["accuracy"])


def test_the_runs_with_all_seeds_are_summed_up(finished: Project) -> None:
    folder = finished.results / "train/generated/bert"
    runs = [folder / "metrics.json", folder / "seeds/1/metrics.json"]
    summary = SeedSummary.read(folder / "seeds.json")
    assert summary.seeds == [0, 1]
    assert list(summary.test["accuracy"].values.values()) == [TrainMetrics.read(run).test.figures["accuracy"] for run in runs]
    assert runs[0].read_text() != runs[1].read_text()


def test_every_exported_file_is_packed_on_demand(changeable: Project) -> None:
    run = changeable.snakemake("bundle")
    assert run.returncode == 0, run.stdout + run.stderr
    bundles = (changeable.results / "bundle").rglob("*.*")
    assert sorted(str(path.relative_to(changeable.results)) for path in bundles) == [
        f"bundle/generated/bert/{variant}.zip" for variant in ("fp32", "int8")
    ]


def test_own_tweets_of_two_classes_without_companies_go_all_the_way(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    for split, count in (("train", 120), ("test", 40)):
        rows = [f"{'good' if n % 3 else 'bad'},{'lovely' if n % 3 else 'dreadful'} thing number {n}" for n in range(count)]
        (project.folder / f"{split}.tsv").write_text("verdict\ttweet\n" + "\n".join(rows).replace(",", "\t") + "\n")
    mine = {"reader": "table", "train": "train.tsv", "test": "test.tsv", "text_column": "tweet", "label_column": "verdict"}
    config = project.configured(
        "mine.yaml",
        datasets={"mine": mine | {"labels": ["bad", "good"]}},
        models__bert__input="text",
        variants={"int8": {"quantization": "dynamic_int8"}, "batched": {"quantization": "dynamic_int8", "batch_size": 4}},
        devices={"here": {"simulated": {}}},
        report={"name": "tiny"},
    )
    run = project.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    assert re.search(r"^\d+ of \d+ jobs done, [012] of 2 cells measured, (about|at least) \d:\d\d:\d\d left$", run.stderr, re.M)
    assert not re.search(r"Select jobs|Execute \d|\d steps|XNNPACK|absl|oneDNN", run.stdout + run.stderr)
    cells = pd.read_csv(project.results / "report/tiny/benchmark.csv")
    assert cells["verdict"].tolist() == ["valid", "valid"], cells["reason"].tolist()
    assert cells["tweets"].tolist() == [20, 20]
    assert cells.set_index("variant")["batch_size"].to_dict() == {"int8": 1, "batched": 4}
    assert cells["topic_accuracy"].isna().all()
    assert project.snakemake("bundle", config=config).returncode == 0
    with zipfile.ZipFile(project.results / "bundle/mine/bert/int8.zip") as bundle:
        readme = bundle.read("bert-int8/README.md").decode()
    figures = [path.read_text() for path in (project.results / "report/tiny/figures").glob("*.svg")]
    captions = [path.read_text() for path in (project.folder / "workflow/report").iterdir()]
    tables = [(project.results / "report/tiny" / name).read_text() for name in ("benchmark.csv", "models.csv")]
    page = re.sub(r'"data:[^"]*"', "", (project.results / "report/tiny/report.html").read_text())
    for shown in (page, readme, *figures, *captions, *tables):
        assert not re.search(OF_STUDIES, shown, re.IGNORECASE)


def test_the_run_file_against_the_gold_file_scores_as_the_evaluation_says(finished: Project) -> None:
    folder = finished.results / "train/generated/bert"
    gold = finished.results / "data/generated/package/test/goldstandard_official_replab2013/goldstandard_polarity.dat"
    rows = read_gold(gold)
    document = folder / "evaluation.json"
    evaluation = Evaluation.read(document)
    evaluation.check(document, folder / "run.dat")
    assert evaluation.identity.inputs["predictions.csv"] == sha256(folder / "predictions.csv")
    evaluated = evaluation.subsets["official"]["model"]
    assert score(rows, look_up(rows, read_run(folder / "run.dat")), ORDER) == evaluated
    assert evaluated.metrics.missing > 0


def test_the_study_tells_each_topics_shares_of_the_labels_by_a_devices_own_answers(finished: Project) -> None:
    [cell] = (
        pd.read_csv(finished.results / "report/tiny/benchmark.csv")
        .query("variant == 'int8' and device == 'first'")
        .to_dict("records")
    )
    samples = pd.read_csv(finished.results / "measure/first/generated/bert/int8.csv", dtype={"topic_id": str})
    train = pd.read_parquet(finished.results / "data/generated/train.parquet")
    errors = share_errors(first_pass(samples), train, ORDER)
    assert {column: cell[column] for column in errors} == pytest.approx(errors, rel=1e-5)
    assert errors["share_error_counting"] > 0


def test_no_tweet_leaves_the_data_folder(finished: Project) -> None:
    texts = {
        text
        for split in ("train", "validation", "test")
        for text in pd.read_parquet(finished.results / f"data/generated/{split}.parquet")["text"]
        if len(text) > 20
    }
    assert len(texts) > 100
    for stage in ("train", "export", "measure", "report", "logs"):
        for path in (finished.results / stage).rglob("*"):
            if path.suffix in (".csv", ".json", ".dat", ".html", ".svg", ".log"):
                content = path.read_text()
                assert not [text for text in texts if text in content or json.dumps(text) in content], path


def test_snakemakes_own_report_has_all_of_it_offline(finished: Project, tmp_path: Path) -> None:
    run = finished.snakemake("--report", str(tmp_path / "report.zip"))
    assert run.returncode == 0, run.stdout + run.stderr
    with zipfile.ZipFile(tmp_path / "report.zip") as archive:
        archive.extractall(tmp_path)
    made = finished.results / "report/tiny"
    packed = {file.read_bytes() for file in (tmp_path / "report/data").rglob("*") if file.is_file()}
    names = ["report.html", "recommendation.json", "benchmark.csv", "models.csv"]
    files = [*(made / name for name in names), *made.glob("tables/*"), *made.glob("figures/*.*")]
    assert len(files) > 25
    assert not [file for file in files if file.name != "figures.json" and file.read_bytes() not in packed]
    [index] = (tmp_path / "report").glob("*.html")
    page = index.read_text()
    for text in (
        "Figures",
        "Results",
        "Tables",
        "Latency by device",
        "All cells",
        "Answers",
        "the box holds the middle half",
        "For a paper",
    ):
        assert text in page
    assert not re.findall(r'<(?:script|link|img)[^>]+(?:src|href)="?https?:', page)
