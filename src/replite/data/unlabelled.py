"""The tweets without a label of a data set, from which a student learns what its teacher says of them."""

from __future__ import annotations

from pathlib import Path

from replite.data.hygiene import normal_form
from replite.data.prepare import write_split
from replite.data.readers.reader import Reader
from replite.data.splits import DataError, Split, load_split
from replite.records.data import Unlabelled
from replite.records.record import Identity


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
            raise DataError(f"no tweet without a label is left; dropped: {split.dropped_by_reason()}")
    except DataError as error:
        advice = "a model's key 'distillation.unlabelled' asks for such tweets; give some, or set it to false"
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
