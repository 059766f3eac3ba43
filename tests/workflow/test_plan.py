"""A plan is made of untrained models, tells what is feasible, and leaves all else as it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from replite.records.plan import Built
from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

TINY: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "tiny.yaml").read_text())
SMALL = TINY["models"]["bert"]
WIDE = {**SMALL["architecture"], "intermediate_size": 4096}
MODELS: dict[str, Any] = {
    "bert": SMALL,
    "taught": {**SMALL, "distillation": {"teacher": "bert"}},
    "wide": {"enabled": False, "architecture": WIDE, "max_length": 32},
    "nowhere": {"checkpoint": "./nowhere", "max_length": 32},
}
DEVICE = {"simulated": {"cpus": 1, "memory_mb": 512}}
BUDGETS = {"small": {"model_mb": 0.1}, "good": {"score": 0.9}}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str, str]:
    """A project with a plan, its configuration, and what was printed."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    changes = {"models": MODELS, "devices": {"board": DEVICE}, "report": {"name": "p", "budgets": BUDGETS}}
    config = project.configured("planned.yaml", **changes)
    run = project.snakemake("plan", config=config, keys=["plan_models=wide"])
    assert run.returncode == 0, run.stdout + run.stderr
    return project, config, run.stdout


def table(project: Project) -> pd.DataFrame:
    return pd.read_csv(project.results / "plan/p/plan.csv")


def test_every_file_stands_beside_every_budget(planned: tuple[Project, str, str]) -> None:
    rows = table(planned[0])
    built = rows[rows["status"] != "not_built"]
    assert built.groupby(["model", "variant", "device"]).size().to_dict() == {
        (model, variant, "board"): len(BUDGETS) for model in MODELS if model != "nowhere" for variant in TINY["variants"]
    }
    ran = rows[rows["status"] == "ran"]
    assert (ran[["model_mb", "latency_p50_ms", "peak_rss_mb", "training_hours"]] > 0).all(axis=None)
    assert ran["latency_p50_ms"].between(ran["latency_p50_low_ms"], ran["latency_p50_high_ms"]).all()


def test_a_file_is_feasible_where_it_keeps_the_limit(planned: tuple[Project, str, str]) -> None:
    rows = table(planned[0]).query("model == 'bert' and budget == 'small'").set_index("variant")
    assert rows["feasible"].to_dict() == {"fp32": False, "int8": True}
    assert rows["missed_by"].iloc[0] == pytest.approx(rows["model_mb"].iloc[0] / BUDGETS["small"]["model_mb"] - 1, rel=1e-3)


def test_scores_are_not_told(planned: tuple[Project, str, str]) -> None:
    assert set(table(planned[0]).query("status == 'ran' and budget == 'good'")["not_told"]) == {"score"}
    assert "budget 'good': not told before the training: score" in planned[2]


def test_a_checkpoint_that_is_not_there_is_a_row(planned: tuple[Project, str, str]) -> None:
    [row] = table(planned[0]).query("model == 'nowhere'").to_dict("records")
    assert (row["status"], row["feasible"]) == ("not_built", False)
    assert "give a folder with config.json" in row["reason"]
    assert f"not nowhere: {row['reason']}" in planned[2]


def test_what_differs_in_its_teacher_alone_is_built_once(planned: tuple[Project, str, str]) -> None:
    built = {path.parent.name for path in planned[0].results.glob("plan/train/generated/*/built.json")}
    assert built == {"bert", "wide", "nowhere"}
    rows = table(planned[0]).set_index(["model", "variant", "budget"])["latency_p50_ms"]
    assert rows["taught"].equals(rows["bert"])


def test_nothing_was_trained_or_measured(planned: tuple[Project, str, str]) -> None:
    project = planned[0]
    assert not any((project.results / stage).exists() for stage in ("train", "export", "measure", "report"))
    record = Built.read(project.results / "plan/train/generated/bert/built.json")
    assert record.parameters > 0


def test_the_page_opens_offline_and_says_what_to_train(planned: tuple[Project, str, str]) -> None:
    page = (planned[0].results / "plan/p/plan.html").read_text()
    assert "What to train" in page
    assert "not nowhere" in page
    assert not re.findall(r"(?:src|href)=.https?:", page)


def test_it_is_made_anew_only_where_something_changed(planned: tuple[Project, str, str]) -> None:
    project, config, _ = planned
    again = project.snakemake("plan", "--dry-run", config=config, keys=["plan_models=wide"])
    assert re.findall(r"^(\w+) +\d+$", again.stdout.partition("Job stats:")[2].partition("total")[0], re.MULTILINE) == ["plan"]


def test_the_study_plans_none_of_it(planned: tuple[Project, str, str]) -> None:
    project, config, _ = planned
    assert not [rule for rule in project.planned(config) if rule.startswith("plan")]


def test_only_what_is_feasible_is_trained_and_nothing_without_a_plan(planned: tuple[Project, str, str]) -> None:
    project = planned[0]
    models = MODELS | {"wide": MODELS["wide"] | {"enabled": True}}
    changes = {"models": models, "devices": {"board": DEVICE}, "training": {"epochs": 1, "only": "feasible"}}
    report = {"name": "p", "budgets": {"small": BUDGETS["small"]}}
    config = project.configured("feasible.yaml", **changes, report=report)
    jobs = project.planned(config)
    assert (jobs["train"], jobs["export"]) == (2, 2 * len(TINY["variants"]))
    unplanned = project.configured("unplanned.yaml", **changes, report=report | {"name": "q"})
    refused = project.snakemake("--dry-run", config=unplanned)
    assert refused.returncode != 0
    assert "key 'training.only': results/plan/q/plan.csv: there is no plan yet" in refused.stdout + refused.stderr


def test_make_clean_knows_all_of_it(planned: tuple[Project, str, str]) -> None:
    from replite.files.names import RESULTS

    made = [path.relative_to(planned[0].results).as_posix() for path in planned[0].results.rglob("*") if path.is_file()]
    known = re.compile("|".join(f"(?:{name})" for name in RESULTS))
    assert [path for path in made if not known.fullmatch(path)] == ["README.md"]
