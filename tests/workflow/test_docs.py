"""The commands of the documents, run as far as they go without data, boards and hours."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_docs import ROOT, commands
from tests.workflow.conftest import Project, copy_project

pytestmark = pytest.mark.slow

NEEDS_RESULTS = "--report"
"""Is run on results, in test_run.py."""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A copy of the project in which `my.yaml` is there."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    shutil.copy(project.folder / "tests/workflow/tiny.yaml", project.folder / "my.yaml")
    return project


def run(folder: Path, *command: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("command", [command for command in commands("snakemake") if NEEDS_RESULTS not in command])
def test_snakemake_plans_what_the_documents_say(project: Project, command: str) -> None:
    words = shlex.split(command.replace("/path/to/replite", str(project.folder)))
    how = [] if {"--unlock", "--dry-run"} & set(words) else ["--dry-run"]
    run(project.folder, str(Path(sys.executable).with_name("snakemake")), *words[1:], *how)


@pytest.mark.parametrize("command", commands("make"))
def test_make_knows_the_targets_of_the_documents(command: str) -> None:
    run(ROOT, *shlex.split(command), "--dry-run")


def test_scripts_and_modules_of_the_documents_are_there() -> None:
    programs = {command.removeprefix("python ").removeprefix("-m ").split()[0] for command in commands("python")}
    for program in programs - {"classify.py"}:  # It stands in a bundle; its tests are in test_bundle.py.
        run(ROOT, sys.executable, *(["-m"] if "/" not in program else []), program, "--help")


@pytest.mark.parametrize("command", commands("pytest"))
def test_pytest_finds_the_tests_of_the_documents(command: str) -> None:
    run(ROOT, sys.executable, "-m", *shlex.split(command), "--collect-only", "--quiet")
