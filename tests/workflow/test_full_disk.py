"""The disk of results/ fills in the middle of a run: one line says so, nothing half-written stays, the next run goes on."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator

import pytest

from tests.workflow.conftest import Project

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.getuid() != 0, reason="only root mounts a small disk")]

TOLD = re.compile(r"error: \S*results/\S+: does not fit on the disk: .*MB are free; make room, and run the same command again")


@pytest.fixture
def on_a_small_disk(changeable: Project) -> Iterator[Project]:
    """The finished project, its results on a disk of 100 MB."""
    results, kept = changeable.results, changeable.folder / "kept"
    results.rename(kept)
    results.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100m", "disk", results], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    shutil.copytree(kept, results, symlinks=True, dirs_exist_ok=True)
    yield changeable
    subprocess.run(["umount", results], check=True)


@pytest.mark.parametrize(
    ("made", "free"),
    [
        ("train/generated/bert/metrics.json", 40_000),
        ("export/generated/bert/fp32/manifest.json", 40_000),
        ("report/tiny/benchmark.csv", 2_000),
    ],
)
def test_what_does_not_fit_is_named_and_made_when_there_is_room(on_a_small_disk: Project, made: str, free: int) -> None:
    results = on_a_small_disk.results
    shutil.rmtree((results / made).parent)
    ballast = results / "ballast"
    ballast.write_bytes(bytes(shutil.disk_usage(results).free - free))
    run = on_a_small_disk.snakemake(f"results/{made}")
    assert run.returncode == 1
    assert TOLD.search(run.stdout + run.stderr), run.stdout + run.stderr
    assert not list((results / made).parent.rglob("*.json"))
    ballast.unlink()
    again = on_a_small_disk.snakemake(f"results/{made}")
    assert again.returncode == 0, again.stdout + again.stderr
    assert (results / made).is_file()
