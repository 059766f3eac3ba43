"""From a data set's entry in the configuration to its three splits on disk."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from replite.config import Dataset, TableDataset
from replite.data import replab2013, table
from replite.data.splits import PREPARED_COLUMNS, DataError, RawSplits, Split
from replite.files import atomic, sha256
from replite.records import Card, EntityCard, SplitCard

Reader = Callable[[Any, Path | None], RawSplits]

READERS: dict[str, Reader] = {
    "replab2013": replab2013.read,
    "generated": replab2013.read,
    "table": table.read,
}
"""What reads a data set, by the `reader` of its entry. A new kind of data set is one more module and one more line here."""

SplitName = Literal["train", "validation", "test"]


def prepare(name: str, entry: Dataset, seed: int, output: Path, package: Path | None = None) -> Card:
    """Write train.parquet, validation.parquet, test.parquet and card.json of data set `name` to the folder `output`.

    `package` is the folder of a generated data set's tweets. The same sources, entry and seed give the same bytes. The test
    split is in random order, so that its first n tweets are a fair draw. The card is written last: where it is, all is.
    Rows dropped before the hold-out are counted in the train split. Raises `DataError`.
    """
    raw = READERS[entry.reader](entry, package)
    _require_rows(name, {"training": raw.train, "test": raw.test})
    leaked_test_rows = _select(raw, entry, seed)
    splits = _hold_out(raw, entry.validation_fraction, seed)
    _require_rows(name, splits)
    output.mkdir(parents=True, exist_ok=True)
    (output / "card.json").unlink(missing_ok=True)
    card = Card(
        dataset=name,
        reader=entry.reader,
        labels=raw.labels,
        splits={part: _write(split, raw.labels, output / f"{part}.parquet") for part, split in splits.items()},
        leaked_test_rows=leaked_test_rows,
        faults={fault: count for fault, count in sorted(raw.faults.items()) if count},
    )
    card.write(output / "card.json")
    return card


def _select(raw: RawSplits, entry: Dataset, seed: int) -> int:
    """Sample both splits, mark (or drop) the leaked test tweets and say how many there were before any was dropped."""
    _sample(raw.train, entry.max_train, seed)
    raw.train.rows = raw.train.rows.assign(leaked=False)
    leaked = raw.test.rows["text"].isin(set(raw.train.rows["text"]))
    raw.test.rows = raw.test.rows.assign(leaked=leaked)
    if not isinstance(entry, TableDataset) and entry.leaked_test == "drop":
        raw.test.drop(leaked, "leaked")
    _sample(raw.test, entry.max_test, seed)
    return int(leaked.sum())


def _sample(split: Split, limit: int | None, seed: int) -> None:
    """Put the rows in stratified random order and keep the first `limit`; a smaller sample is part of every larger one."""
    split.rows = _stratified_order(split.rows, seed)
    if limit is not None:
        beyond = pd.Series(range(len(split.rows)), index=split.rows.index) >= limit
        split.drop(beyond, "not_sampled")


def _stratified_order(rows: pd.DataFrame, seed: int) -> pd.DataFrame:
    """`rows` in random order, but such that any first n hold each label in its share of the whole, within one tweet.

    scikit-learn's stratified splitters refuse samples smaller than the number of labels and give no such order.
    """
    shuffled = rows.sample(frac=1, random_state=seed)
    by_label = shuffled.groupby("label")["label"]
    position = (by_label.cumcount() + 0.5) / by_label.transform("size")
    return shuffled.loc[position.sort_values(kind="stable").index].reset_index(drop=True)


def _hold_out(raw: RawSplits, fraction: float, seed: int) -> dict[SplitName, Split]:
    """The three splits; the training tweets are in stratified order already, so the first of them are a stratified draw."""
    size = round(fraction * len(raw.train.rows))
    validation = Split(raw.train.rows.iloc[:size])
    train = Split(raw.train.rows.iloc[size:].sample(frac=1, random_state=seed), raw.train.dropped)
    return {"train": train, "validation": validation, "test": raw.test}


def _require_rows(name: str, splits: dict[Any, Split]) -> None:
    for part, split in splits.items():
        if split.rows.empty:
            reasons = ", ".join(f"{count} {reason}" for reason, count in split.dropped_by_reason().items())
            raise DataError(f"data set '{name}': no tweet is left in the {part} split; dropped: {reasons or 'none'}")


def _write(split: Split, labels: list[str], path: Path) -> SplitCard:
    with atomic(path) as temporary:
        split.rows[PREPARED_COLUMNS].to_parquet(temporary, engine="pyarrow", index=False)
    kept = split.rows["entity_id"].value_counts()
    entities = sorted({str(entity) for entity in kept.index} | {entity for entity, _ in split.dropped})
    return SplitCard(
        rows=len(split.rows),
        labels={label: int((split.rows["label"] == label).sum()) for label in labels},
        dropped=split.dropped_by_reason(),
        entities={
            entity: EntityCard(kept=int(kept.get(entity, 0)), dropped=split.dropped_by_reason(entity))
            for entity in entities
            if entity
        },
        sha256=sha256(path),
    )
