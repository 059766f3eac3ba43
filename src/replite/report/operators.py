"""operators.csv: what the operators of each file take on each device, tidy; and of it what the page shows."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from replite.records.measure import Operators
from replite.records.recommendation import Recommendation
from replite.records.record import Made

SHOWN = 12
"""Operators of a file in the page; operators.csv has all."""
MEANINGS = {
    "dataset": "The data set.",
    "model": "The model.",
    "variant": "The file's variant.",
    "device": "The device.",
    "simulated": "Whether the device is this machine with limits.",
    "length": "Input length of the inferences, that of most texts.",
    "operator": "The operator, as the runtime names it.",
    "shapes": "Of a matrix product, what it takes and gives.",
    "count": "How many of an inference's operators these are.",
    "ms": "What they take together.",
    "share": "That, in parts of the profiled inference.",
    "explained": "Sum of the shares of all of the file's operators.",
    "profiled_ms": "The profiled inference.",
    "whole_ms": "An inference that is not profiled, in turn with it.",
    "reason": "Why the operators are not known; the row has nothing else then.",
}
"""The columns of operators.csv."""
_OF_FILE = ("dataset", "model", "variant", "device", "simulated", "length", "explained", "profiled_ms", "whole_ms", "reason")


def write_operators(path: Path, records: Iterable[Path]) -> None:
    """Write the table of these records. Raises `RecordError`."""
    rows = [row for record in records for row in _rows(Operators.read(record))]
    pd.DataFrame(rows, columns=[*MEANINGS]).to_csv(path, index=False)


def _rows(found: Operators) -> list[dict[str, Any]]:
    of_file = found.model_dump(include={*_OF_FILE})
    return [{**of_file, **operator.model_dump()} for operator in found.operators] or [of_file]


def read_operators(path: Path) -> pd.DataFrame:
    """The table, as it was made. Raises `RecordError`."""
    Made.verify(path)
    names = dict.fromkeys(("dataset", "model", "variant", "device", "operator", "shapes", "reason"), str)
    return pd.read_csv(path, dtype=names, keep_default_na=False, na_values={name: [""] for name in MEANINGS if name not in names})


def of_answers(table: pd.DataFrame | None, recommendation: Recommendation) -> list[dict[str, Any]]:
    """Of each file that is the answer on a device, or would be, each once: `first`, the row of the operator that takes most;
    `rows`, those shown; `others`, the sums of the rest. None without a table."""
    if table is None:
        return []
    alone = [
        (answer.dataset, answer.file.model, answer.file.variant, answer.device)
        for answer in recommendation.answers
        if answer.file is not None
    ]
    together = [
        (file.dataset, file.model, file.variant, answer.device)
        for answer in recommendation.together
        for file in (answer.sets[0].files if answer.sets else [])
    ]
    of_files = table.groupby(["dataset", "model", "variant", "device"])
    return [_panel(of_files.get_group(key)) for key in dict.fromkeys([*alone, *together]) if key in of_files.groups]


def _panel(rows: pd.DataFrame) -> dict[str, Any]:
    listed: Sequence[dict[Any, Any]] = rows.astype(object).where(rows.notna(), None).to_dict("records")
    others = listed[SHOWN:]
    rest = {name: sum(row[name] for row in others) for name in ("count", "share")} if others else None
    return {"first": listed[0], "rows": listed[:SHOWN] if listed[0]["share"] is not None else [], "others": rest}
