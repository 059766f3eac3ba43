"""What RepLite takes for each cell of a large fleet beside the devices' own time: the whole workflow on SSH servers on loopback.

Made-up tweets and tiny models, so that nothing takes long but RepLite itself. The servers are reached as boards are, and measured
on at once, as far as there are processors; or, with --simulated, as simulated devices, one after the other. Writes scale.md
(table), scale.csv (the same as figures) and scale_cells.csv (every cell).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pandas as pd
import yaml

from benchmarks.protocol import BenchmarkError
from benchmarks.rounds import Summary
from benchmarks.tables import markdown
from replite import cli
from replite.config.measure import Simulated
from replite.config.quantizations import QUANTIZATIONS
from replite.device.facts import device_facts
from replite.files import write_text
from replite.measure.errors import DeviceError
from replite.measure.ssh.connection import Connection
from replite.measure.this_machine.simulated import serve
from replite.records.measure import Cell, Repeat, Runs
from replite.records.record import RecordError

ROOT = Path(__file__).parents[1]
GOAL_SECONDS = 1.0
"""RepLite's overhead for a cell has to stay below this."""
CONFIGURATION = "scale.yaml"
BOARD = Simulated(cpus=len(os.sched_getaffinity(0)), memory_mb=512)
RECORDS = Path("results/measure")


@dataclass(frozen=True)
class Plan:
    """How many cells there are."""

    devices: int = 20
    models: int = 2
    variants: int = 5
    simulated: bool = False
    """Whether the devices are simulated ones, of which no two are measured on at once, and not boards."""

    @property
    def cells(self) -> int:
        """All files on all devices."""
        return self.devices * self.models * self.variants


QUICK = Plan(devices=2, models=1, variants=2)


@dataclass(frozen=True)
class Row:
    """What a cell took, in seconds."""

    device: str
    model: str
    variant: str
    verdict: str
    own: float
    """Of the device program: loading, warming up, timing."""
    run: float
    """Of the job that runs the file on the device, without that."""
    join: float
    """Of the job that compares with the host and judges."""


def configuration(plan: Plan) -> dict[str, Any]:
    """The configuration with so many models, variants and devices."""
    architecture = {"model_type": "bert", "vocab_size": 300, "hidden_size": 32, "intermediate_size": 64}
    architecture |= {"num_hidden_layers": 1, "num_attention_heads": 2, "max_position_embeddings": 32}
    generated = {"reader": "generated", "language": "all", "topics": 3}
    generated |= {"train_tweets_per_topic": 60, "test_tweets_per_topic": 20}
    quantizations = list(QUANTIZATIONS)[: plan.variants]
    return {
        "datasets": {"generated": generated},
        "models": {f"bert-{n}": {"architecture": architecture, "max_length": 32} for n in range(plan.models)},
        "training": {"epochs": 1},
        "variants": {name: {"quantization": name} for name in quantizations},
        "export": {"minimum_agreement": 0},  # a model that has hardly learned wavers between labels
        "devices": {f"device-{n}": device(f"device-{n}", plan) for n in range(plan.devices)},
        "measure": {"tweets": 20, "minimum_samples": 20, "minimum_seconds": 0.1},
    }


def device(name: str, plan: Plan) -> dict[str, Any]:
    """A device's entry."""
    if plan.simulated:
        return {"simulated": BOARD.model_dump(include={"cpus", "memory_mb"})}
    return {"ssh": name, "folder": f".cache/replite/{name}", "python": sys.executable}


@contextmanager
def boards(plan: Plan, home: Path) -> Iterator[dict[str, str]]:
    """Running SSH servers, one for each board; gives the environment in which their names are known to `ssh`."""
    if plan.simulated:
        yield {}
        return
    (home / ".ssh").mkdir(parents=True)
    with ExitStack() as servers, (home / ".ssh/config").open("w") as config, (home / ".ssh/known_hosts").open("w") as records:
        for number in range(plan.devices):
            address = servers.enter_context(serve(BOARD, home / f"servers/{number}"))
            place = f"HostName {address.host}\n  Port {address.port}\n  IdentityFile {address.key}"
            config.write(f"Host device-{number}\n  {place}\n")
            assert address.ssh_config is not None
            records.write(f"{address.ssh_config.with_name('known_hosts').read_text(encoding='utf-8').strip()}\n")
        config.flush()
        records.flush()
        yield {"HOME": str(home)}


def lay_out(folder: Path, plan: Plan) -> None:
    """A copy of the project in `folder`, with results of its own."""
    for name in ("Snakefile", "pyproject.toml"):
        shutil.copy(ROOT / name, folder)
    for name in ("envs", "profiles", "src", "workflow"):
        shutil.copytree(ROOT / name, folder / name)
    write_text(folder / CONFIGURATION, yaml.safe_dump(configuration(plan)))


class Took(NamedTuple):
    """What a run of the workflow took, in seconds."""

    seconds: float
    processor_seconds: float
    """Of all processors, for it and all that it started: the boards' servers are not among that, simulated devices are."""


def snakemake(folder: Path, environment: dict[str, str], *options: str) -> Took:
    """Run the workflow. Raises `BenchmarkError` if it fails, whose reason stands on stderr."""
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "all", "--configfile", CONFIGURATION, *options]
    begin, used = time.monotonic(), _processor_seconds()
    if subprocess.run(command, cwd=folder, env={**os.environ, **environment}, stdout=sys.stderr, check=False).returncode:
        raise BenchmarkError("the workflow failed; what it said stands above")
    return Took(time.monotonic() - begin, _processor_seconds() - used)


def _processor_seconds() -> float:
    """Of all processes that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def job_seconds(folder: Path, rule: str) -> dict[Path, float]:
    """By log file, what each job of the rule took, from start to last output, as Snakemake's records of provenance say."""
    files = (path for path in (folder / ".snakemake/metadata").rglob("*") if path.is_file())
    records = [record for record in map(_read_json, files) if record["rule"] == rule]
    ends: dict[Path, float] = {}
    for record in records:
        log = Path(record["log"][0])
        ends[log] = max(ends.get(log, 0), record["endtime"] - record["starttime"])
    return ends


def _read_json(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content


def own_seconds(runs: Runs) -> float:
    """What the device program took to load the file twice, warm up and time; not its starts, nor what memory is found with."""
    return runs.timed.states[-1].seconds_since_start + (runs.cold.load_ms + runs.cold.first_ms) / 1e3


def rows(folder: Path) -> Iterator[Row]:
    """Every measured cell."""
    run, join = job_seconds(folder, "run_on_device"), job_seconds(folder, "measure")
    for path in sorted((folder / RECORDS).glob("*/*/*/*.json")):
        cell, name = Cell.read(path), path.relative_to(folder / RECORDS).with_suffix("")
        runs = Repeat.read(path.with_suffix("") / "0.json").runs
        assert runs is not None  # the runtime of this machine is the one that the files are for
        own = own_seconds(runs)
        logs = Path("results/logs")
        yield Row(
            device=cell.device,
            model=cell.model,
            variant=cell.variant,
            verdict=cell.verdict,
            own=own,
            run=run[logs / "run_on_device" / name / "0.log"] - own,
            join=join[logs / "measure" / name.with_suffix(".log")],
        )


def least_seconds(cells: list[Row], plan: Plan) -> float:
    """What measuring would take if RepLite took no time: as long as the busiest board's own, or all simulated devices' own."""
    own = pd.DataFrame([asdict(cell) for cell in cells]).groupby("device")["own"].sum()
    return float(own.sum() if plan.simulated else own.max())


def figures(cells: list[Row], plan: Plan, measuring: Took, report: Took) -> dict[str, Summary]:
    """Seconds for each cell, by what takes them; what is known of all cells together is divided by their number."""

    def mean(seconds: float) -> Summary:
        return Summary(*[seconds / len(cells)] * 3)

    found = {
        "the device's own time: loading, warming up, timing": Summary.of([cell.own for cell in cells]),
        "the job on the device beside it": Summary.of([cell.run for cell in cells]),
        "comparing with the host and judging": Summary.of([cell.join for cell in cells]),
        f"RepLite's overhead, mean (goal: below {GOAL_SECONDS:g})": mean(measuring.seconds - least_seconds(cells, plan)),
        "tables, figures and report, mean": mean(report.seconds),
    }
    return found if plan.simulated else {**found, "processor time without the boards', mean": mean(measuring.processor_seconds)}


def table(found: dict[str, Summary]) -> str:
    """One line for each figure."""
    lines = [[name, f"{of:.2f}" if of.low < of.high else f"{of.median:.2f}"] for name, of in found.items()]
    return markdown(["", "seconds for each cell"], lines)


def command_seconds(state: Path, times: int = 20) -> Summary:
    """What a command that does nothing takes over SSH, the start of a shell included, of which a run needs some."""
    seconds = []
    with serve(Simulated(), state) as address, Connection("device", address, seconds=15) as connection:
        for _ in range(times):
            begin = time.monotonic()
            connection.run("true")
            seconds.append(time.monotonic() - begin)
    return Summary.of(seconds)


def measure(folder: Path, plan: Plan) -> tuple[list[Row], dict[str, Summary]]:
    """Make the files, then measure them on all devices, then write the report; the last two are timed."""
    lay_out(folder, plan)
    snakemake(folder, {}, "--until", "predict_on_host")
    with boards(plan, folder / "home") as environment:
        measuring = snakemake(folder, environment, "--until", "measure")
    cells = list(rows(folder))
    if len(cells) != plan.cells:
        raise BenchmarkError(f"{len(cells)} cells were measured, and {plan.cells} should have been")
    return cells, figures(cells, plan, measuring, snakemake(folder, {}))


def parse_arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--devices", type=int, default=Plan.devices, help="default: %(default)s")
    parser.add_argument("--models", type=int, default=Plan.models, help="default: %(default)s")
    parser.add_argument("--variants", type=int, default=Plan.variants, help="at most 8; default: %(default)s")
    parser.add_argument("--simulated", action="store_true", help="as simulated devices, one after the other")
    parser.add_argument("--quick", action="store_true", help=f"{QUICK.cells} cells, to see that it works")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="default: %(default)s")
    return parser.parse_args()


def main() -> None:
    """Measure and write the results."""
    arguments = parse_arguments()
    plan = QUICK if arguments.quick else Plan(arguments.devices, arguments.models, arguments.variants)
    plan = replace(plan, simulated=arguments.simulated)
    with TemporaryDirectory(prefix="replite-benchmark-") as temporary:
        cells, found = measure(Path(temporary), plan)
        command = command_seconds(Path(temporary, "server"))
    machine = device_facts("ai-edge-litert")
    facts = asdict(plan) | {
        "cells": f"{plan.cells}, {sum(cell.verdict == 'valid' for cell in cells)} of them valid",
        "a command over SSH that does nothing, seconds": f"{command:.3f}",
        "processor": f"{machine['processor']}, {len(os.sched_getaffinity(0))} cores",
    }
    text = f"{table(found)}\n" + "".join(f"- {name}: {value}\n" for name, value in facts.items())
    records = [{"what": name, **seconds._asdict()} for name, seconds in found.items()]
    write_text(arguments.output / "scale.md", text)
    write_text(arguments.output / "scale.csv", pd.DataFrame(records).to_csv(index=False))
    write_text(arguments.output / "scale_cells.csv", pd.DataFrame([asdict(cell) for cell in cells]).to_csv(index=False))
    print(text)


if __name__ == "__main__":
    cli.run(main, BenchmarkError, DeviceError, RecordError)
