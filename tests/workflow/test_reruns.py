"""A change reruns what depends on it, and nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from replite.handover import write
from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow

REPORT = {"merge": 1, "choose": 1, "figures": 1, "report": 1, "provenance": 1, "tables": 1}


def on_device(cells: int) -> dict[str, int]:
    """What measures so many cells."""
    return {"run_on_device": cells, "measure": cells}


def test_a_second_run_has_nothing_to_do(finished: Project) -> None:
    assert finished.planned() == {}


def test_changing_one_variant_reruns_that_variant(finished: Project) -> None:
    config = finished.configured("changed.yaml", variants__int8__per_channel=False)
    assert finished.planned(config) == {"export": 1, "predict_on_host": 1} | on_device(2) | REPORT


def test_adding_a_variant_makes_only_its_cells(finished: Project) -> None:
    config = finished.configured("added.yaml", variants__fp16={"quantization": "fp16"})
    assert finished.planned(config) == {"export": 1, "predict_on_host": 1} | on_device(2) | REPORT


def test_adding_a_variant_that_takes_several_tweets_at_once_traces_for_it_alone(finished: Project) -> None:
    config = finished.configured("batched.yaml", variants__batched={"quantization": "dynamic_int8", "batch_size": 4})
    assert finished.planned(config) == {"trace": 1, "export": 1, "predict_on_host": 1} | on_device(2) | REPORT


def test_another_limit_of_the_check_traces_nothing_anew(finished: Project) -> None:
    config = finished.configured("limit.yaml", export={"minimum_agreement": 0.7})
    assert finished.planned(config) == {"export": 2, "predict_on_host": 2} | on_device(4) | REPORT


def test_students_share_what_their_teacher_said(finished: Project) -> None:
    student = {"checkpoint": "model:bert", "max_length": 32, "distillation": {"teacher": "bert"}}
    config = finished.configured("students.yaml", models__first=student, models__second=student | {"vocabulary": {}})
    jobs = {"teach": 1, "train": 2, "seeds": 2, "evaluate": 2, "trace": 2, "export": 4, "predict_on_host": 4} | on_device(8)
    assert finished.planned(config) == jobs | REPORT


def test_what_a_teacher_says_of_tweets_without_a_label_is_made_for_a_student_that_learns_from_them(finished: Project) -> None:
    distillation = {"teacher": "bert", "unlabelled": True}
    config = finished.configured("unlabelled.yaml", models__student={"checkpoint": "model:bert", "distillation": distillation})
    planned = finished.planned(config)
    assert {rule: planned[rule] for rule in ("prepare_unlabelled", "teach", "teach_unlabelled", "train")} == {
        "prepare_unlabelled": 1, "teach": 1, "teach_unlabelled": 1, "train": 1,
    }  # fmt: skip
    assert "prepare_data" not in planned


def test_of_a_data_set_and_a_model_that_others_only_start_from_nothing_else_is_made(finished: Project) -> None:
    first = {"reader": "generated", "topics": 2, "language": "all", "enabled": False}
    model = {"architecture": {"model_type": "bert"}, "enabled": False}
    second = {"checkpoint": "model:first/idle", "max_length": 32}
    config = finished.configured("first.yaml", datasets__first=first, models__idle=model, models__second=second)
    jobs = {"generate_package": 1, "prepare_data": 1, "train": 2, "seeds": 1, "evaluate": 1, "trace": 1, "export": 2}
    assert finished.planned(config) == jobs | {"predict_on_host": 2} | on_device(4) | REPORT


def test_more_seeds_train_only_the_missing_runs(finished: Project) -> None:
    config = finished.configured("seeds.yaml", models__bert__training={"seeds": 4})
    assert finished.planned(config) == {"train_again": 2, "seeds": 1} | REPORT


def test_adding_a_device_measures_only_it(finished: Project) -> None:
    config = finished.configured("more.yaml", devices__third={"simulated": {"cpus": 1}})
    assert finished.planned(config) == on_device(2) | REPORT


def test_more_repeats_measure_only_what_is_missing(finished: Project) -> None:
    config = finished.configured("repeats.yaml", measure__repeats=3)
    assert finished.planned(config) == {"run_on_device": 8, "measure": 4} | REPORT


def test_another_rule_for_what_counts_only_judges_anew(finished: Project) -> None:
    config = finished.configured("rules.yaml", measure__minimum_agreement=0.5)
    assert finished.planned(config) == {"measure": 4} | REPORT


def test_removing_a_device_only_merges(finished: Project) -> None:
    config = finished.configured("fewer.yaml", devices__second__enabled=False)
    assert finished.planned(config) == REPORT


def test_another_title_only_writes_the_page_and_where_it_comes_from(finished: Project) -> None:
    config = finished.configured("title.yaml", report__title="Another")
    assert finished.planned(config) == {"report": 1, "provenance": 1, "tables": 1}


def test_without_a_study_and_a_bag_of_words_neither_is_made(finished: Project) -> None:
    config = finished.configured(
        "plain.yaml", datasets__other={"reader": "generated"}, report={"name": "tiny", "bag_of_words": False}
    )
    assert not {"evaluate", "bag_of_words"} & set(finished.planned(config))


@pytest.mark.parametrize(
    ("file", "rerun"),
    [
        ("src/replite/report/significance.py", REPORT),
        ("src/replite/report/words.py", {"choose": 1, "report": 1, "tables": 1}),
        ("src/replite/report/figures/cells.py", {"figures": 1, "report": 1}),
        ("src/replite/report/templates/report.html.j2", {"report": 1}),
        (
            "src/replite/export/convert.py",
            {"trace": 1, "export": 2, "predict_on_host": 2} | on_device(4) | REPORT,
        ),
        ("src/replite/device/runner.py", on_device(4) | REPORT),
        ("workflow/scripts/run_on_device.py", on_device(4) | REPORT),
        ("src/replite/measure/verdict.py", {"measure": 4} | REPORT),
        ("src/replite/records/measure.py", {"device_tweets": 1, "evaluate": 1} | on_device(4) | REPORT),
    ],
)
def test_editing_code_reruns_what_uses_it(changeable: Project, file: str, rerun: dict[str, int]) -> None:
    with (changeable.folder / file).open("a") as code:
        code.write("\n")
    assert changeable.planned() == rerun


@pytest.fixture(scope="module")
def copied(finished: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The results in another folder, where Snakemake knows nothing of them."""
    folder = tmp_path_factory.mktemp("copied") / "project"
    shutil.copytree(finished.folder, folder, symlinks=True, ignore=shutil.ignore_patterns(".snakemake", ".replite"))
    return Project(folder)


MEASURED = {"export": 2, "predict_on_host": 2} | on_device(4) | REPORT
TRAINED = {"train": 1, "train_again": 1, "seeds": 1, "evaluate": 1, "trace": 1} | MEASURED
READ = {"generate_package": 1, "prepare_data": 1, "hygiene": 1, "bag_of_words": 1, "device_tweets": 1} | TRAINED
DECISIONS: dict[str, tuple[Any, dict[str, int]]] = {
    "seed": (0, {}),
    "datasets__generated__max_test": (30, READ),
    "cleaning": ({"urls": False}, {"bag_of_words": 1} | TRAINED),
    "training__learning_rate": (0.01, TRAINED),
    "models__bert__training": ({"seeds": 1}, {"seeds": 1} | REPORT),
    "export": ({"minimum_agreement": 0.7}, MEASURED),
    "variants__int8__per_channel": (False, {"export": 1, "predict_on_host": 1} | on_device(2) | REPORT),
    "measure__tweets": (19, {"device_tweets": 1, "predict_on_host": 2} | on_device(4) | REPORT),
    "measure__maximum_spread": (0.5, {"measure": 4} | REPORT),
    "devices__second__threads": (2, on_device(2) | REPORT),
    "report__studies": ([], REPORT),
    "report__title": ("Another", {"report": 1, "provenance": 1, "tables": 1}),
    "report__prefer": ("smallest", {"choose": 1, "report": 1, "provenance": 1, "tables": 1}),
}


@pytest.mark.parametrize("key", DECISIONS)
def test_of_results_without_snakemakes_record_what_was_decided_otherwise_is_planned(key: str, copied: Project) -> None:
    value, rerun = DECISIONS[key]
    assert copied.planned(copied.configured("changed.yaml", **{key: value})) == rerun


def test_so_it_is_below_the_prefix_of_a_module(finished: Project, tmp_path: Path) -> None:
    shutil.copytree(finished.results, tmp_path / "below/results", symlinks=True)
    shutil.copy(finished.folder / finished.configured("rate.yaml", training__learning_rate=0.01), tmp_path)
    (tmp_path / "Snakefile").write_text(
        f"""module replite:
    snakefile: {str(finished.folder / "Snakefile")!r}
    config: config
    prefix: "below"
use rule * from replite
""",
        encoding="utf-8",
    )
    assert Project(tmp_path).planned("rate.yaml") == TRAINED


def test_a_result_made_by_hand_is_planned_if_it_was_decided_otherwise(changeable: Project) -> None:
    """Snakemake's record says what the workflow made there before."""
    folder = "results/data/generated"
    entry = yaml.safe_load((changeable.folder / "tests/workflow/tiny.yaml").read_text())["datasets"]["generated"]
    for changes, rerun in (({"max_test": 30}, {"prepare_data": 1}), ({}, {})):
        handed = write(entry | {"written": f"{folder}/package"} | changes, changeable.folder)
        script = str(changeable.folder / "workflow/scripts/prepare_data.py")
        command = [sys.executable, script, "--name", "generated", "--entry", str(handed), "--seed", "0", "--output", folder]
        subprocess.run(command, cwd=changeable.folder, check=True)
        assert changeable.planned(targets=[f"{folder}/card.json"]) == rerun


def test_a_git_checkout_of_unchanged_files_reruns_nothing(changeable: Project) -> None:
    """Git writes the files anew, so that all of them are younger than the results."""

    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=test", "-c", "user.email=test@localhost"]
        subprocess.run(["git", *identity, *arguments], cwd=changeable.folder, check=True, capture_output=True)

    git("init")
    git("add", "Snakefile", "config", "src", "workflow", "tests")
    git("commit", "-m", "all")
    git("rm", "-r", "--quiet", "src", "workflow", "Snakefile")
    git("checkout", "HEAD", "--", ".")
    assert changeable.planned() == {}
