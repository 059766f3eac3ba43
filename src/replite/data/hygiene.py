"""Peculiarities of a prepared data set's texts: their lengths, and how often they repeat. Holds no text."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replite.data.similar import Pairs, similar_pairs
from replite.records.record import Document, Record

QUANTILES = {"minimum": 0.0, "p5": 0.05, "median": 0.5, "p95": 0.95, "p99": 0.99, "maximum": 1.0}
WORDS_IN_A_BIN = 5
BINS = 8
NEAR = 0.8
"""Jaccard similarity of the words of two tweets, in `normal_form`, from which on they are near-duplicates."""
NOT_CONTENT = re.compile(r"^rt\b|https?://\S+|@\w+")
"""The parts in which near-duplicates may differ: the mark of a retweet, addresses and mentions; and whatever is no word."""
NO_WORD = re.compile(r"[\W_]+")


class Repeats(Record):
    """Tweets whose text stands elsewhere."""

    exact: int
    """Word for word."""
    near: int
    """Word for word, or sharing most of their words: at least NEAR in `normal_form`."""


class SplitHygiene(Record):
    """The texts of one split."""

    words: dict[str, float]
    """QUANTILES of the words in a tweet, split at white space."""
    characters: dict[str, float]
    """QUANTILES of the characters in a tweet."""
    words_histogram: list[int]
    """Tweets of 0 to 4 words, 5 to 9, ...; the last of the BINS holds all longer ones too."""
    repeats: Repeats
    """Tweets whose text an earlier tweet of the split has."""
    contradictory: int
    """Tweets to whose normal form another tweet about the same topic in the split gives another label."""


class Hygiene(Document):
    """The texts of a prepared data set."""

    dataset: str
    splits: dict[str, SplitHygiene]
    overlaps: dict[str, dict[str, Repeats]]
    """By split, then by a later split: tweets of the later one whose text the first has too."""


def inspect(dataset: str, splits: Mapping[str, pd.DataFrame]) -> Hygiene:
    """Inspect the prepared splits, in the order in which they are given."""
    texts = {name: rows.assign(form=rows["text"].map(normal_form)) for name, rows in splits.items()}
    forms = Forms.of([rows["form"] for rows in texts.values()])
    overlaps: dict[str, dict[str, Repeats]] = {}
    for first, later in combinations(texts, 2):
        overlaps.setdefault(first, {})[later] = _overlap(texts[first], texts[later], forms)
    return Hygiene(dataset=dataset, splits={name: _of_split(rows, forms) for name, rows in texts.items()}, overlaps=overlaps)


@dataclass(frozen=True)
class Forms:
    """The normal forms of all splits, each once, and which of them are near each other."""

    known: pd.Index
    near: Pairs

    @classmethod
    def of(cls, forms: Sequence[pd.Series]) -> Self:
        """From the splits' forms."""
        known = pd.Index(pd.concat(forms).unique())
        return cls(known, similar_pairs(known.tolist(), NEAR))

    def first_near(self, earlier: pd.Series, forms: pd.Series) -> NDArray[np.float64]:
        """For each of `forms`: where in `earlier` the first that equals it or is near it stands, infinity if none does."""
        places = np.full(len(self.known), np.inf)
        np.minimum.at(places, self.known.get_indexer(pd.Index(earlier)), np.arange(len(earlier), dtype=float))
        nearest = places.copy()
        first, second = self.near
        np.minimum.at(nearest, first, places[second])
        np.minimum.at(nearest, second, places[first])
        return np.asarray(nearest[self.known.get_indexer(pd.Index(forms))])


def normal_form(text: str) -> str:
    """The words of a tweet in lower case, one space between them, without what `NOT_CONTENT` matches."""
    content = NOT_CONTENT.sub(" ", unicodedata.normalize("NFKC", text).casefold().strip())
    return NO_WORD.sub(" ", content).strip()


def _of_split(rows: pd.DataFrame, forms: Forms) -> SplitHygiene:
    words = rows["text"].str.count(r"\S+")
    bins = (words // WORDS_IN_A_BIN).clip(upper=BINS - 1).value_counts()
    labels = rows[rows["form"] != ""].groupby(["topic_id", "form"])["label"].transform("nunique")
    near = forms.first_near(rows["form"], rows["form"]) < np.arange(len(rows))
    return SplitHygiene(
        words=_quantiles(words),
        characters=_quantiles(rows["text"].str.len()),
        words_histogram=[int(bins.get(number, 0)) for number in range(BINS)],
        repeats=_count(rows["text"].duplicated(), near, rows["form"]),
        contradictory=int((labels > 1).sum()),
    )


def _overlap(first: pd.DataFrame, later: pd.DataFrame, forms: Forms) -> Repeats:
    near = np.isfinite(forms.first_near(first["form"], later["form"]))
    return _count(later["text"].isin(set(first["text"])), near, later["form"])


def _count(exact: pd.Series, near: NDArray[np.bool_], form: pd.Series) -> Repeats:
    """A tweet of nothing but addresses and symbols is nobody's near-duplicate."""
    return Repeats(exact=int(exact.sum()), near=int((exact | (near & (form != ""))).sum()))


def _quantiles(lengths: pd.Series) -> dict[str, float]:
    return {name: float(lengths.quantile(share)) for name, share in QUANTILES.items()}
