import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.scale import QUICK, Plan, Row, Took, configuration, figures, job_seconds, table
from replite.config.load import load


@pytest.mark.parametrize(("plan", "cells"), [(Plan(), 200), (QUICK, 4)])
def test_the_configuration_has_as_many_cells_as_the_plan(plan: Plan, cells: int) -> None:
    config = load(configuration(plan))
    assert len(config.enabled("devices")) == plan.devices
    assert len(config.enabled("models")) * len(config.enabled("variants")) * plan.devices == plan.cells == cells
    assert not any(entry.simulated for entry in config.devices.values())
    simulated = load(configuration(replace(plan, simulated=True)))
    assert all(entry.simulated for entry in simulated.devices.values())


def test_a_job_lasts_until_its_last_output(tmp_path: Path) -> None:
    metadata = tmp_path / ".snakemake/metadata"
    metadata.mkdir(parents=True)
    jobs = [("measure", 12.5), ("measure", 13.0), ("export", 99.0)]
    for number, (rule, end) in enumerate(jobs):
        record = {"rule": rule, "log": [f"logs/{rule}.log"], "starttime": 10.0, "endtime": end}
        (metadata / str(number)).write_text(json.dumps(record))
    assert job_seconds(tmp_path, "measure") == {Path("logs/measure.log"): 3.0}


@pytest.mark.parametrize(("simulated", "overhead"), [(True, 0.5), (False, 1.0)])
def test_the_overhead_is_all_but_what_the_devices_themselves_need(simulated: bool, overhead: float) -> None:
    """Two devices: one after the other they need four seconds, at once three."""
    cells = [Row(f"device-{own}", "bert-0", "fp32", "valid", own=own, run=0.5, join=0.2) for own in (1.0, 3.0)]
    plan = Plan(devices=2, models=1, variants=1, simulated=simulated)
    found = figures(cells, plan, measuring=Took(5.0, processor_seconds=3.0), report=Took(1.0, processor_seconds=1.0))
    processors = [] if simulated else [1.5]
    assert [of.median for of in found.values()] == pytest.approx([2.0, 0.5, 0.2, overhead, 0.5, *processors])
    assert f"goal: below 1) | {overhead:.2f} |" in table(found)
