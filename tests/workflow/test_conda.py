"""`--sdm conda`: the jobs run in the environment that Snakemake has made, and nowhere else.

Conda itself is not at hand: a stand-in speaks its command line as Snakemake uses it, makes a real environment (venv) and
activates it by PATH, as conda does.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.workflow.conftest import ROOT, SNAKEMAKE, Project, copy_project

pytestmark = pytest.mark.slow

CONDA = """#!/bin/bash
set -e
case "$1 $2" in
    "info --json") echo '{"conda_prefix": "PREFIX", "platform": "linux-64"}' ;;
    "--version ") echo "conda 25.1.0" ;;
    "clean -y") ;;
    "config --get") echo '{"get": {"channel_priority": "strict"}}' ;;
    "env create")
        while [ "$1" != --prefix ]; do shift; done
        environment=$2
        BASE -m venv --without-pip "$environment"
        for site in "$environment"/lib/python3.*/site-packages; do echo SITE > "$site"/packages.pth; done
        mkdir -p "$environment"/conda-meta
        mv "$environment"/bin/python "$environment"/bin/real
        printf '#!/bin/bash\\necho "$@" >> JOBS\\nexec "%s" "$@"\\n' "$environment"/bin/real > "$environment"/bin/python
        chmod +x "$environment"/bin/python
        ;;
    *) echo "the stand-in has no '$*'" >&2; exit 2 ;;
esac
"""


@pytest.fixture
def conda(tmp_path: Path) -> Path:
    """The stand-in's folder; what it makes writes the arguments of each call of its Python to `jobs` there."""
    folder = tmp_path / "conda"
    (folder / "bin").mkdir(parents=True)
    values = {"PREFIX": folder, "BASE": sys.executable, "JOBS": folder / "jobs", "SITE": Path(pytest.__file__).parents[1]}
    script = CONDA
    for name, value in values.items():
        script = script.replace(name, str(value))
    (folder / "bin/conda").write_text(script)
    (folder / "bin/conda").chmod(0o755)
    (folder / "bin/activate").write_text('export CONDA_PREFIX="$1" PATH="$1/bin:$PATH"\n')
    return folder


def test_jobs_run_in_the_environment_that_was_made_for_them(tmp_path: Path, conda: Path) -> None:
    folder = tmp_path / "project"  # without a space, which Snakemake's own call of the script after it does not bear
    folder.mkdir()
    project: Project = copy_project(folder)
    wanted = "results/data/generated/card.json"
    options = ("--sdm", "conda", "--cores", "1", "--configfile", "tests/workflow/tiny.yaml")
    environment = os.environ | {"PATH": f"{conda / 'bin'}:{os.environ['PATH']}"}
    run = subprocess.run([SNAKEMAKE, wanted, *options], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    calls = (conda / "jobs").read_text().splitlines()
    assert (project.folder / wanted).is_file()
    installs = [call for call in calls if call.startswith("-m pip install --no-deps --require-hashes -r")]
    assert installs == [f"-m pip install --no-deps --require-hashes -r {folder}/envs/host.txt"]
    assert any("workflow/scripts/prepare_data.py" in call for call in calls)


def test_a_changed_pin_makes_the_environment_anew() -> None:
    """Its file is what Snakemake knows it by."""
    digest = hashlib.sha256((ROOT / "envs/host.txt").read_bytes()).hexdigest()
    assert f"# host.txt: {digest}\n" in (ROOT / "envs/host.yaml").read_text()
