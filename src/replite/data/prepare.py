"""From a data set's entry in the configuration to its three splits on disk, and its tweets without a label."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from replite.data.hygiene import normal_form
from replite.data.readers.reader import Reader
from replite.data.splits import PREPARED_COLUMNS, DataError, Split, load_split
from replite.files import WITHOUT_OTHERS, atomic, sha256
from replite.records.data import Card, SplitCard, TopicCard, Unlabelled
from replite.records.record import Identity
from replite.tasks import task

SplitName = Literal["train", "validation", "test"]
Strata = Callable[[pd.Series], pd.Series]
"""Gives the stratum of each gold label."""


def prepare(name: str, entry: Reader, seed: int, output: Path) -> Card:
    """Write train.parquet, validation.parquet, test.parquet and card.json of data set `name` to the folder `output`.

    The same sources, entry and seed give the same bytes. The test split is in random order, so that its first n tweets are a fair
    draw. The card is written last: where it is, all is. Rows dropped before the hold-out are counted in the train split.
    Raises `DataError`.
    """
    raw = entry.read()
    strata, counts = task(entry.task).strata, task(entry.task).counts
    test = raw.test or _set_apart(raw.train, raw.test_fraction, seed, strata)
    _require_rows(name, {"training": raw.train, "test": test})
    _sample(raw.train, entry.max_train, seed, strata)
    held_out = raw.validation or _hold_out(raw.train, entry.validation_fraction)
    leaked_test_rows = _mark_leaked(test, [raw.train, held_out], entry)
    _sample(test, entry.max_test, seed, strata)
    raw.train.rows = raw.train.rows.sample(frac=1, random_state=seed)
    splits: dict[SplitName, Split] = {"train": raw.train, "validation": held_out, "test": test}
    _require_rows(name, splits)
    output.mkdir(parents=True, exist_ok=True)
    (output / "card.json").unlink(missing_ok=True)
    card = Card(
        dataset=name,
        reader=entry.reader,
        task=entry.task,
        labels=raw.labels,
        splits={
            part: write_split(split, counts(split.rows["label"], raw.labels), output / f"{part}.parquet")
            for part, split in splits.items()
        },
        leaked_test_rows=leaked_test_rows,
        faults={fault: count for fault, count in sorted(raw.faults.items()) if count},
        identity=Identity.of(
            output / "card.json",
            decision=[entry.without("written"), seed],
            outputs=[output / f"{part}.parquet" for part in splits],
        ),
    )
    card.write(output / "card.json")
    return card


def prepare_unlabelled(name: str, entry: Reader, folder: Path) -> None:
    """Write unlabelled.parquet, a split whose labels are "", and its card, unlabelled.json, of data set `name`.

    `folder` holds the three splits. A tweet that differs from one of theirs in nothing but case, punctuation, symbols, addresses
    and mentions is left out, as is one that repeats an earlier one about the same topic. Raises `DataError`, also where none is
    left.
    """
    try:
        split = entry.read_unlabelled()
        _leave_out(split, folder)
        if split.rows.empty:
            raise DataError(f"no text without a label is left; dropped: {split.dropped_by_reason()}")
    except DataError as error:
        advice = "a model's key 'distillation.unlabelled' asks for such texts; give some, or set it to false"
        raise DataError(f"data set '{name}': {error}; {advice}") from None
    tweets, document = folder / "unlabelled.parquet", folder / "unlabelled.json"
    document.unlink(missing_ok=True)
    card = write_split(split, {}, tweets)
    Unlabelled(split=card, identity=Identity.of(document, decision=entry.without("written"), outputs=[tweets])).write(document)


def _leave_out(split: Split, folder: Path) -> None:
    split.drop(split.rows["text"].str.strip() == "", "no_text")
    for part in ("test", "validation", "train"):
        known = set(load_split(folder / f"{part}.parquet")["text"].map(normal_form))
        split.drop(split.rows["text"].map(normal_form).isin(known), f"text_in_{part}")
    split.drop(split.rows.duplicated(["topic_id", "text"]), "repeated_text")


def _set_apart(train: Split, fraction: float, seed: int, strata: Strata) -> Split:
    """Take the test tweets out of `train`: whole groups of tweets of one normal form, stratified by the gold of their first."""
    form = train.rows["text"].map(normal_form)
    group = form.where(form != "", train.rows["text"])
    first = train.rows.assign(group=group, size=group.groupby(group).transform("size")).drop_duplicates("group")
    order = _stratified_order(first, seed, strata)
    size = fraction * len(train.rows)
    chosen = order.loc[order["size"].cumsum() - order["size"] / 2 <= size, "group"]
    inside = group.isin(set(chosen))
    test = Split(train.rows[inside])
    train.rows = train.rows[~inside]
    return test


def _mark_leaked(test: Split, seen: list[Split], entry: Reader) -> int:
    """Mark (or drop) the test tweets whose text one of the splits `seen` holds and say how many there were."""
    texts = pd.concat([split.rows["text"] for split in seen])
    leaked = test.rows["text"].isin(set(texts))
    test.rows = test.rows.assign(leaked=leaked)
    if entry.leaked_test == "drop":
        test.drop(leaked, "leaked")
    return int(leaked.sum())


def _sample(split: Split, limit: int | None, seed: int, strata: Strata) -> None:
    """Put the rows in stratified random order and keep the first `limit`; a smaller sample is part of every larger one."""
    split.rows = _stratified_order(split.rows, seed, strata)
    if limit is not None:
        beyond = pd.Series(range(len(split.rows)), index=split.rows.index) >= limit
        split.drop(beyond, "not_sampled")


def _stratified_order(rows: pd.DataFrame, seed: int, strata: Strata) -> pd.DataFrame:
    """`rows` in random order, but such that any first n hold each stratum in its share of the whole, within one tweet.

    scikit-learn's stratified splitters refuse samples smaller than the number of strata and give no such order.
    """
    shuffled = rows.sample(frac=1, random_state=seed)
    by_stratum = shuffled.groupby(strata(shuffled["label"]))["label"]
    position = (by_stratum.cumcount() + 0.5) / by_stratum.transform("size")
    return shuffled.loc[position.sort_values(kind="stable").index].reset_index(drop=True)


def _hold_out(train: Split, fraction: float) -> Split:
    """Take the validation tweets out of `train`, which is in stratified order, so that its first tweets are a stratified draw."""
    size = round(fraction * len(train.rows))
    held_out = Split(train.rows.iloc[:size])
    train.rows = train.rows.iloc[size:]
    return held_out


def _require_rows(name: str, splits: dict[Any, Split]) -> None:
    for part, split in splits.items():
        if split.rows.empty:
            reasons = ", ".join(f"{count} {reason}" for reason, count in split.dropped_by_reason().items())
            share = f", or raise '{part}_fraction' where no file is named for it" if part in ("validation", "test") else ""
            remedy = f"give it more texts{share}"
            raise DataError(f"data set '{name}': no text is left in the {part} split; dropped: {reasons or 'none'}; {remedy}")


def write_split(split: Split, labels: dict[str, int], path: Path) -> SplitCard:
    """Write the split to the Parquet file `path`; its card says how many tweets there are of each label."""
    with atomic(path, WITHOUT_OTHERS) as temporary:
        split.rows.assign(leaked=split.rows.get("leaked", False))[PREPARED_COLUMNS].to_parquet(
            temporary, engine="pyarrow", index=False
        )
    kept = split.rows["topic_id"].value_counts()
    topics = sorted({str(topic) for topic in kept.index} | {topic for topic, _ in split.dropped})
    return SplitCard(
        rows=len(split.rows),
        labels=labels,
        dropped=split.dropped_by_reason(),
        topics={
            topic: TopicCard(kept=int(kept.get(topic, 0)), dropped=split.dropped_by_reason(topic)) for topic in topics if topic
        },
        sha256=sha256(path),
    )
