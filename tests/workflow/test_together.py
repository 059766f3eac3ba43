"""Which files for two tasks on one board: from two data sets to a sentence, measured in one process."""

from __future__ import annotations

import html
import json
import random
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

WORDS = {"move": ["go", "drive", "turn"], "fetch": ["bring", "take", "carry"], "stop": ["halt", "wait", "stay"]}
KINDS = {"from": "PLACE", "with": "PERSON"}
NAMES = ["rome", "ada", "lima", "grace", "pisa", "alan", "oslo", "kurt"]
"""Any of them may be of either kind, which the word before it tells, so that a lexicon is at a loss."""
FILLERS = ["the", "car", "a", "my", "new", "street", "phone", "please", "now"]
SHAPE = {
    "model_type": "bert",
    "vocab_size": 200,
    "num_attention_heads": 2,
    "max_position_embeddings": 32,
    "initializer_range": 0.1,
}
SHAPE |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}


def write_commands(path: Path, count: int, seed: int) -> None:
    """Commands with the intents that single words give away."""
    draw = random.Random(seed)
    rows = []
    for _ in range(count):
        labels = [label for label in WORDS if draw.random() < 0.4] or ["stop"]
        words = [*draw.choices(FILLERS, k=draw.randint(2, 8)), *(draw.choice(WORDS[label]) for label in labels)]
        draw.shuffle(words)
        rows.append((" ".join(words), ",".join(labels)))
    pd.DataFrame(rows, columns=["text", "label"]).to_csv(path, index=False)


def write_sentences(path: Path, count: int, seed: int) -> None:
    """Sentences with names whose kind the word before tells."""
    draw = random.Random(seed)
    lines = []
    for _ in range(count):
        for _ in range(draw.randint(1, 3)):
            lines += [f"{word}\tO" for word in draw.choices(FILLERS, k=draw.randint(1, 3))]
            if draw.random() < 0.7:
                before = draw.choice(list(KINDS))
                lines += [f"{before}\tO", f"{draw.choice(NAMES)}\tB-{KINDS[before]}"]
        lines.append("")
    path.write_text("\n".join(lines) + "\n")


@pytest.fixture(scope="module")
def robot(tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, str]:
    """A project in which two tasks were asked for on one device, and its configuration."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    for split, count in (("train", 600), ("test", 120)):
        write_commands(project.folder / f"{split}.csv", count, seed=count)
        write_sentences(project.folder / f"{split}.conll", count, seed=count)
    intents = {"reader": "table", "task": "several_labels", "train": "train.csv", "test": "test.csv", "label_separator": ","}
    both = {"together": ["intents", "entities"], "peak_rss_mb": 2000}
    config = project.configured(
        "robot.yaml",
        datasets={"intents": intents, "entities": {"reader": "conll", "train": "train.conll", "test": "test.conll"}},
        models={
            "small": {
                "architecture": {**SHAPE, "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1},
                "max_length": 32,
            },
            "large": {
                "architecture": {**SHAPE, "hidden_size": 64, "intermediate_size": 256, "num_hidden_layers": 2},
                "max_length": 32,
            },
        },
        training={"epochs": 8, "batch_size": 16, "learning_rate": 5e-3, "patience": 8},
        variants={"fp32": {"quantization": "fp32"}},
        devices={"robot": {"simulated": {"cpus": 1, "memory_mb": 512}}},
        report={
            "name": "robot",
            "bag_of_words": False,
            "budgets": {
                "2 GB": both | {"loss_from_best": 0.5},
                "no board": both | {"loss_from_best": 0.5, "peak_rss_mb": 11},
                "each": {},
            },
        },
    )
    run = project.snakemake(config=config)
    assert run.returncode == 0, run.stdout + run.stderr
    return project, config


def test_the_answer_is_a_set_of_files_measured_in_one_process(robot: tuple[Project, str]) -> None:
    project, config = robot
    folder = project.results / "report/robot"
    recommendation = json.loads((folder / "recommendation.json").read_text())
    cells = pd.read_csv(folder / "benchmark.csv")
    assert cells["verdict"].tolist() == ["valid"] * 4, cells["reason"].tolist()
    assert {(each["dataset"], each["budget"]) for each in recommendation["answers"]} == {
        ("intents", "each"),
        ("entities", "each"),
    }

    within, without = recommendation["together"]
    assert (within["kind"], without["kind"]) == ("recommended", "none_fits"), (within["sentence"], without["sentence"])
    taken, *others = within["sets"]
    assert [file["dataset"] for file in taken["files"]] == ["intents", "entities"]
    assert len(others) == 2
    for each in within["sets"]:
        assert each["measured"]["latency_p50_ms"] > each["sums"]["latency_p50_ms"] / 2
        assert each["measured"]["peak_rss_mb"] < each["sums"]["peak_rss_mb"]
    assert without["sentence"].startswith("no set of files fits; nearest: ")

    page = html.unescape((folder / "report.html").read_text())
    said = project.snakemake("recommend", config=config).stdout
    assert within["sentence"] in page
    assert f"robot (simulated), intents and entities\n  2 GB: {within['sentence']}\n" in said


def test_a_second_run_plans_nothing_and_what_is_missing_is_measured_alone(robot: tuple[Project, str]) -> None:
    project, config = robot
    assert project.planned(config) == {}
    forget(project)
    assert project.planned(config) == {"run_together": 1, "choose": 1, "report": 1, "tables": 1}


def forget(project: Project) -> None:
    """Remove what was measured together and all that is made of it: what is between others is not made again by itself."""
    for name in ("together/robot.json", "recommendation.json", "report.html"):
        (project.results / "report/robot" / name).unlink(missing_ok=True)


def test_where_the_device_fails_meanwhile_the_sums_decide_and_say_so(robot: tuple[Project, str]) -> None:
    project, config = robot
    forget(project)
    folder = project.folder / ".replite/devices/robot/device"
    shutil.rmtree(folder)
    folder.mkdir()
    (folder / "mine.txt").write_text("not RepLite's")
    run = project.snakemake(config=config)
    assert run.returncode == 1
    incomplete = project.results / "report/robot/incomplete"
    within, _ = json.loads((incomplete / "recommendation.json").read_text())["together"]
    assert within["kind"] == "recommended"
    assert within["doubts"][0].startswith("its files were not measured together")
    assert "were not measured together" in (incomplete / "report.html").read_text()
    assert "Not measured: robot. The report without: results/report/robot/incomplete/report.html" in run.stdout + run.stderr
    shutil.rmtree(folder)
    assert project.snakemake(config=config).returncode == 0
    assert not incomplete.exists()
    assert project.planned(config) == {}
