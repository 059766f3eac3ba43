"""A copy of the project, in which the tiny configuration was run from end to end."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SNAKEMAKE = Path(sys.executable).with_name("snakemake")


@dataclass(frozen=True)
class Project:
    """A copy of the project's files."""

    folder: Path

    @property
    def results(self) -> Path:
        return self.folder / "results"

    def snakemake(
        self, *arguments: str, config: str = "tests/workflow/tiny.yaml", keys: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[str]:
        """Run Snakemake to its end; `keys` are those of --config."""
        self._forget_whose_report_it_is()
        command = [str(SNAKEMAKE), *arguments, "--cores", "2", "--configfile", config, *(["--config", *keys] if keys else [])]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)

    def interrupted(
        self,
        *arguments: str,
        config: str,
        when: Callable[[], bool],
        number: signal.Signals = signal.SIGINT,
        alone: bool = False,
    ) -> str:
        """Run Snakemake, send it, and its jobs if not `alone`, a signal (Ctrl-C) as soon as `when`, and give what it printed."""
        self._forget_whose_report_it_is()
        command = [str(SNAKEMAKE), *arguments, "--cores", "2", "--configfile", config]
        output = self.folder / "interrupted.log"
        with output.open("w") as log:
            process = subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, start_new_session=True)
            deadline = time.monotonic() + 300
            while not when():
                assert process.poll() is None, f"ended by itself:\n{output.read_text()}"
                assert time.monotonic() < deadline, f"nothing to interrupt came:\n{output.read_text()}"
                time.sleep(0.05)
            (os.kill if alone else os.killpg)(process.pid, number)
            assert process.wait(60) != 0
        return output.read_text()

    def _forget_whose_report_it_is(self) -> None:
        """The configurations of these tests, which mostly plan what is left to do after another one, share one."""
        shutil.rmtree(self.folder / ".replite/reports", ignore_errors=True)

    def planned(self, config: str = "tests/workflow/tiny.yaml", targets: Sequence[str] = ()) -> dict[str, int]:
        """Jobs that Snakemake would run, by rule; for the targets, or for the whole study."""
        dry_run = self.snakemake("--dry-run", *targets, config=config)
        assert dry_run.returncode == 0, dry_run.stdout + dry_run.stderr
        output = dry_run.stdout + dry_run.stderr
        table = output.partition("Job stats:")[2].partition("total")[0]
        return {rule: int(count) for rule, count in re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE) if rule != "all"}

    def configured(self, name: str, **changes: Any) -> str:
        """A configuration file beside the tiny one that differs from it in `changes`, dotted keys with __ for dots."""
        config = yaml.safe_load((self.folder / "tests/workflow/tiny.yaml").read_text())
        for path, value in changes.items():
            *groups, key = path.split("__")
            here = config
            for group in groups:
                here = here.setdefault(group, {})
            here[key] = value
        (self.folder / name).write_text(yaml.safe_dump(config))
        return name


def copy_project(folder: Path) -> Project:
    """The files that git knows of or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return Project(folder)


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which the tiny configuration was run. Tests leave it as they found it."""
    project = copy_project(tmp_path_factory.mktemp("project"))
    run = project.snakemake()
    assert run.returncode == 0, run.stdout + run.stderr
    return project


@pytest.fixture
def changeable(finished: Project, tmp_path: Path) -> Project:
    """A copy of it, results included, that a test may change."""
    shutil.copytree(finished.folder, tmp_path / "project", symlinks=True)
    return Project(tmp_path / "project")
