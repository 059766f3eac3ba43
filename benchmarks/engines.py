"""Memory, loading and inference of one file in the interpreter and in LiteRT's compiled model, turn by turn.

Every turn is a process of its own, as on a device. Writes engines.md (a table) and engines.csv (every turn). Needs no peers.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd

from benchmarks import models
from benchmarks.engine_turn import INTERPRETER, MADE, WARM, WAYS
from benchmarks.replite_export import SETTINGS, export_fastest
from benchmarks.rounds import Summary, orders
from replite.files import write_text

ROOT = Path(__file__).parents[1]
LENGTHS = [16, 24, 32, 48]


def compare(folder: Path, rounds: int, threads: int) -> pd.DataFrame:
    """A row for each turn; those of a round follow each other in an order drawn anew."""
    rows = []
    with TemporaryDirectory() as scratch:
        warm = Path(scratch) / "warm"
        _turn(folder, MADE, warm, threads)
        for number, order in enumerate(orders(WAYS, rounds, models.SEED)):
            for way in order:
                packed = warm if way == WARM else Path(scratch) / f"made-{number}"
                rows.append({"round": number, **_turn(folder, way, packed, threads)})
    table = pd.DataFrame(rows)
    expected = np.array(table.loc[table["way"] == INTERPRETER, "outputs"].iloc[0])
    table["difference"] = [float(np.abs(np.array(outputs) - expected).max()) for outputs in table["outputs"]]
    return table.drop(columns="outputs")


def _turn(folder: Path, way: str, packed: Path, threads: int) -> dict[str, Any]:
    command = [sys.executable, "-m", "benchmarks.engine_turn", str(folder.absolute()), way, str(packed), str(threads)]
    said = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(said.stdout)
    return found


def render(table: pd.DataFrame) -> str:
    """Medians with the 10th and 90th percentile; times as ratios to the interpreter's of the same round."""
    times = [column for column in map(str, table.columns) if column.endswith("_ms")]
    figures = ["peak_rss_mb", "anonymous_rss_mb", "file_rss_mb", "processors", "difference"]
    base = table[table["way"] == INTERPRETER].set_index("round")
    lines = [f"| | {' | '.join(WAYS)} |", "|---|" + "---|" * len(WAYS)]
    for column in [*figures, *times]:
        cells = []
        for way in WAYS:
            values = table[table["way"] == way].set_index("round")[column]
            digits = ".3g" if column in ("difference", "processors") else ".2f" if column in times else ".1f"
            cell = f"{Summary.of(list(values)):{digits}}"
            if column in times:
                cell += f"; {Summary.of(list(values / base[column])).median:.2f} of it"
            cells.append(cell)
        lines.append(f"| {column} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def export(name: str, checkpoint: Path | None, lengths: Sequence[int], folder: Path) -> Path:
    """The file that is run, of the checkpoint or of the model's own weights with a new head."""
    data = models.generate_tweets(folder / "data")
    _, train = models.load_tweets(data, 1)
    subject = models.build(name, folder, workloads={}, train=train, calibration=1, checkpoint=checkpoint)
    preprocessing = subject.classifier.preprocessing.model_copy(update={"max_length": max(lengths)})
    replace(subject.classifier, preprocessing=preprocessing).save(subject.checkpoint)
    settings = SETTINGS.model_copy(update={"lengths": [*lengths]})
    export_fastest(name, subject.checkpoint, data, folder / "replite", settings)
    return folder / "replite"


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="an exported file's folder to run, in place of making one")
    parser.add_argument("--model", choices=[*models.MODELS], default="minilm-l6", help="what to make (default: minilm-l6)")
    parser.add_argument("--checkpoint", type=Path, help="fine-tuned weights of it")
    parser.add_argument("--lengths", type=int, nargs="+", default=LENGTHS, help="input lengths")
    parser.add_argument("--rounds", type=int, default=10, help="turns of each way (default: 10)")
    parser.add_argument("--threads", type=int, default=1, help="threads that a turn may use (default: 1)")
    parser.add_argument("--output", type=Path, default=ROOT / "results/benchmarks", help="folder for the table")
    arguments = parser.parse_args()
    with TemporaryDirectory() as scratch:
        folder = arguments.folder or export(arguments.model, arguments.checkpoint, arguments.lengths, Path(scratch))
        table = compare(folder, arguments.rounds, arguments.threads)
    write_text(arguments.output / "engines.csv", table.to_csv(index=False))
    write_text(arguments.output / "engines.md", render(table))
    print(render(table))


if __name__ == "__main__":
    main()
