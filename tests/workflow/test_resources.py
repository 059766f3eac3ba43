"""A dry run says what the jobs of the real study ask a cluster for, on a clean copy, without weights, tweets or a hub."""

import re
import subprocess
from pathlib import Path

import pytest
import yaml

from tests.workflow.conftest import SNAKEMAKE, copy_project

pytestmark = pytest.mark.slow


def test_a_dry_run_prints_what_training_bert_large_asks_for(tmp_path: Path) -> None:
    project = copy_project(tmp_path / "project")
    study = yaml.safe_load((project.folder / "config/replab2013.yaml").read_text())
    study["models"]["bert-large"]["enabled"] = True
    (project.folder / "study.yaml").write_text(yaml.safe_dump(study))
    command = [str(SNAKEMAKE), "--dry-run", "--workflow-profile", "slurm", "--configfile", "study.yaml"]
    run = subprocess.run(command, cwd=project.folder, capture_output=True, text=True, check=False)
    printed = run.stdout + run.stderr
    assert run.returncode == 0, printed
    asked = {
        found["model"]: found["resources"]
        for found in re.finditer(r"rule train:.*?model=(?P<model>\S+)\n.*?resources: (?P<resources>.*?)\n", printed, re.DOTALL)
    }
    resources = study["models"]["bert-large"]["resources"]
    for resource in (f"mem_mb={resources['memory_mb']}", f"runtime={60 * resources['hours']}", f"gpu={resources['gpus']}"):
        assert resource in asked["bert-large"].split(", ")
    assert "gpu=0" in asked["minilm-l6"].split(", ")
