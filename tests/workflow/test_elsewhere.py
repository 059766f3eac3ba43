"""The workflow runs wherever it is called from, whoever includes it, and however much there is to tell its scripts."""

import os
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

from tests.workflow.conftest import ROOT, SNAKEMAKE, Project, copy_project

pytestmark = pytest.mark.slow

CHEAP = ("results/data/generated/card.json", "results/data/generated/hygiene.json")
TINY = ROOT / "tests/workflow/tiny.yaml"


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project, in a folder with a name for a shell to stumble over, in which nothing runs."""
    folder = tmp_path_factory.mktemp("checkout") / "it's $HOME"
    folder.mkdir()
    return copy_project(folder)


def start(folder: Path, *arguments: str | Path, before: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    folder.mkdir(parents=True, exist_ok=True)
    command = [*before, SNAKEMAKE, "--cores", "2", *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def finish(process: subprocess.Popen[str]) -> str:
    output, _ = process.communicate()
    assert process.returncode == 0, output
    return output


def files(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if "__pycache__" not in path.parts}


def made(folder: Path) -> bool:
    return all((folder / file).is_file() for file in CHEAP)


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_a_run_in_another_folder_leaves_everything_there(checkout: Project, tmp_path: Path, snakefile: str) -> None:
    before = files(checkout.folder)
    shutil.copy(TINY, tmp_path / "my.yaml")
    finish(start(tmp_path, *CHEAP, "--snakefile", checkout.folder / snakefile, "--configfile", "my.yaml"))
    assert made(tmp_path)
    again = start(tmp_path, "--dry-run", *CHEAP, "--snakefile", checkout.folder / snakefile, "--configfile", "my.yaml")
    assert "Nothing to be done" in finish(again)
    assert files(checkout.folder) == before


def test_runs_from_one_checkout_may_go_on_at_a_time(checkout: Project, tmp_path: Path) -> None:
    before = files(checkout.folder)
    folders = [tmp_path / "one", tmp_path / "two"]
    options = ("--configfile", "tests/workflow/tiny.yaml")
    for process in [start(checkout.folder, *CHEAP, "--directory", folder, *options) for folder in folders]:
        finish(process)
    assert all(map(made, folders))
    assert files(checkout.folder) - before <= {".snakemake"}


def test_a_checkout_may_be_read_only(checkout: Project, tmp_path: Path) -> None:
    """For root too, from whom the right to write against a file's mode is taken."""
    root = os.geteuid() == 0
    if root and not shutil.which("setpriv"):
        pytest.skip("root writes everywhere; needs setpriv (util-linux)")
    powers = "-dac_override,-dac_read_search,-fowner"
    powerless = ("setpriv", "--bounding-set", powers, "--inh-caps", powers) if root else ()
    frozen = tmp_path / "frozen"
    shutil.copytree(checkout.folder, frozen)
    subprocess.run(["chmod", "-R", "a-w", frozen], check=True)
    try:
        touched = subprocess.run([*powerless, "touch", frozen / "file"], capture_output=True, check=False)
        assert touched.returncode == 1
        finish(start(tmp_path / "run", *CHEAP, "--snakefile", frozen / "Snakefile", "--configfile", TINY, before=powerless))
    finally:
        subprocess.run(["chmod", "-R", "u+w", frozen], check=True)
    assert made(tmp_path / "run")


def test_without_a_configuration_of_ones_own_the_quick_start_is_planned(checkout: Project, tmp_path: Path) -> None:
    said = finish(start(tmp_path, "--dry-run", "--snakefile", checkout.folder / "Snakefile"))
    assert "run_on_device" in said


@pytest.mark.parametrize("snakefile", ["Snakefile", "workflow/Snakefile"])
def test_a_workflow_may_use_it_as_a_module(checkout: Project, tmp_path: Path, snakefile: str) -> None:
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"study": yaml.safe_load(TINY.read_text())}))
    (tmp_path / "Snakefile").write_text(
        f"""configfile: "config.yaml"
rule mine:
    input: {CHEAP}
    output: "mine.txt"
    shell: "touch {{output}}"
module replite:
    snakefile: {str(checkout.folder / snakefile)!r}
    config: config["study"]
use rule * from replite as replite_*
""",
        encoding="utf-8",
    )
    finish(start(tmp_path))
    assert made(tmp_path)
    assert (tmp_path / "mine.txt").is_file()
    assert "replite_run_on_device" in finish(start(tmp_path, "--dry-run", "replite_all"))


def test_a_prefix_moves_no_file_of_a_checkout_below_the_working_folder(checkout: Project) -> None:
    folder = checkout.folder.parent
    (folder / "Snakefile").write_text(
        f"""module replite:
    snakefile: {str(checkout.folder / "Snakefile")!r}
    config: {yaml.safe_load(TINY.read_text())!r}
    prefix: "below"
use rule * from replite
""",
        encoding="utf-8",
    )
    assert "run_on_device" in finish(start(folder, "--dry-run"))


def test_as_a_module_with_a_prefix_it_runs_whole_though_a_device_fails_first(checkout: Project, tmp_path: Path) -> None:
    """Outputs stand below the prefix; the files that the user names do not."""
    config = yaml.safe_load(TINY.read_text())
    rows = "".join(f"text {n},{('POSITIVE', 'NEGATIVE')[n % 2]}\n" for n in range(200))
    (tmp_path / "mine.csv").write_text(f"text,label\n{rows}")
    config["datasets"] = {"mine": {"reader": "table", "train": "mine.csv", "test": "mine.csv"}}
    config["variants"].pop("fp32")
    config["models"]["bert"]["training"]["seeds"] = 1
    config["devices"] = {"first": config["devices"]["first"], "gone": {"ssh": "nowhere.invalid"}}
    (tmp_path / "Snakefile").write_text(
        f"""configfile: "config.yaml"
module replite:
    snakefile: {str(checkout.folder / "Snakefile")!r}
    config: config
    prefix: "below"
use rule * from replite as replite_*
onstart: replite.onstart()
onsuccess: replite.onsuccess()
onerror: replite.onerror()
""",
        encoding="utf-8",
    )
    profile = ("--workflow-profile", checkout.folder / "profiles/default")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    failing = start(tmp_path, *profile)
    said, _ = failing.communicate()
    assert failing.returncode == 1
    report = tmp_path / "below/results/report/tiny"
    assert "Not measured: gone. The report without: below/results/report/tiny/incomplete/report.html" in said
    assert pd.read_csv(report / "incomplete/benchmark.csv")["verdict"].tolist() == ["valid", "unreachable"]
    assert "(incomplete: not measured: gone)" in (report / "incomplete/report.html").read_text()

    config["devices"].pop("gone")
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    finish(start(tmp_path, *profile))
    assert pd.read_csv(report / "benchmark.csv")["verdict"].tolist() == ["valid"]
    assert not (report / "incomplete").exists()
    assert not (tmp_path / "results").exists()


def test_five_thousand_cells_reach_their_scripts(checkout: Project, tmp_path: Path) -> None:
    """`bash -c` takes a command of at most 128 KiB: the scripts get as far as the empty files that they are given."""
    config = yaml.safe_load(TINY.read_text())
    config["devices"] = {f"board-{n}-with-a-rather-long-name": {"ssh": f"board-{n}"} for n in range(2500)}
    config["report"]["studies"] = []
    (tmp_path / "many.yaml").write_text(yaml.safe_dump(config))
    results = tmp_path / "results"
    empty = [results / "train/generated/bert" / file for file in ("metrics.json", "predictions.csv", "seeds.json")]
    for variant in config["variants"]:
        empty.append(results / f"export/generated/bert/{variant}/manifest.json")
        for device in config["devices"]:
            empty += [results / f"measure/{device}/generated/bert/{variant}.{suffix}" for suffix in ("json", "csv")]
    for file in empty:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    options = ("--snakefile", checkout.folder / "Snakefile", "--configfile", "many.yaml", "--allowed-rules")
    said, _ = start(tmp_path, *options, "merge", "--forcerun", "merge", "--", "results/report/tiny/benchmark.csv").communicate()
    assert "error: results/export/generated/bert/fp32/manifest.json: " in said
    shown = ("--dry-run", "--printshellcmds", "--workflow-profile", "none")
    listed = finish(start(tmp_path, *shown, *options, "check_devices", "--", "check_devices"))
    assert 0 < max(len(line) for line in listed.splitlines() if "check_devices.py" in line) < 10_000
