"""In which order a device runs its files."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workflow.conftest import copy_project

pytestmark = pytest.mark.slow

RUN = re.compile(r"wildcards: device=(\w+), .* variant=(\w+), repeat=(\d+)\n +priority: (\S+)")


def test_every_file_has_its_turn_before_any_has_its_next_and_after_all_files_are_made(tmp_path: Path) -> None:
    project = copy_project(tmp_path)
    turns = []
    for seed in (0, 1):
        config = project.configured("turns.yaml", measure__repeats=3, seed=seed)
        planned = project.snakemake("--dry-run", "--quiet", "host", config=config).stdout
        found = {(device, variant, int(repeat)): float(priority) for device, variant, repeat, priority in RUN.findall(planned)}
        assert len(found) == 2 * 2 * 3
        rounds = [[priority for run, priority in found.items() if run[2] == number] for number in range(3)]
        assert 0 >= max(rounds[0]) > min(rounds[0]) >= max(rounds[1]) > min(rounds[1]) >= max(rounds[2]) > min(rounds[2])
        turns.append(sorted(found, key=lambda run: -found[run]))
    assert turns[0] != turns[1]
