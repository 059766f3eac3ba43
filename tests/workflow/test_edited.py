"""Results that were changed after they were made: the same command names the file, and no report takes them for results."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.workflow.conftest import Project

pytestmark = pytest.mark.slow


def value(*keys: str, new: Any) -> Callable[[Path], None]:
    """A change of one value of a JSON file."""

    def change(path: Path) -> None:
        document = part = json.loads(path.read_text())
        for key in keys[:-1]:
            part = part[key]
        part[keys[-1]] = new
        path.write_text(json.dumps(document))

    return change


def flipped_labels(path: Path) -> None:
    split = pd.read_parquet(path)
    labels = sorted(split["label"].unique())
    split["label"] = split["label"].map(dict(zip(labels, labels[1:] + labels[:1], strict=True)))
    split.to_parquet(path)


def better_figures(path: Path) -> None:
    path.write_text(path.read_text().replace("valid,,0.", "valid,,0.99", 1))


def other_digits(path: Path) -> None:
    path.write_text(path.read_text().translate(str.maketrans("38", "83")))


EDITS: dict[str, Callable[[Path], object]] = {
    "measure/first/generated/bert/fp32.json": value("peak_rss_mb", new=1),
    "export/generated/bert/fp32/manifest.json": value("model_bytes", new=12345),
    "train/generated/bert/metrics.json": value("validation", "figures", "macro_f1", new=0.999),
    "data/generated/test.parquet": flipped_labels,
    "report/tiny/benchmark.csv": better_figures,
    "report/tiny/models.csv": other_digits,
    "report/tiny/figures/memory.png": lambda path: path.write_bytes(path.read_bytes() + b"0"),
    "train/generated/bert/seeds/1/predictions.csv": other_digits,
}


@pytest.mark.parametrize("file", EDITS)
def test_an_edited_result_ends_the_run_with_its_name(file: str, changeable: Project) -> None:
    path = changeable.results / file
    EDITS[file](path)
    run = changeable.snakemake()
    assert run.returncode == 1
    told = [line for line in (run.stdout + run.stderr).splitlines() if line.startswith(f"error: results/{file}: changed after")]
    assert told
    assert all(line.endswith("remove it, and the same command makes it again") for line in told)
    path.unlink()
    again = changeable.snakemake()
    assert again.returncode == 0, again.stdout + again.stderr
