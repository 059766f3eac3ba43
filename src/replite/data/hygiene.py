"""Peculiarities of a prepared data set's texts: their lengths, and how often they repeat. Holds no text."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from itertools import combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from replite.data.similar import SimilarTexts
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
    forms = Forms([rows["form"] for rows in texts.values()])
    overlaps: dict[str, dict[str, Repeats]] = {}
    for first, later in combinations(texts, 2):
        overlaps.setdefault(first, {})[later] = _overlap(texts[first], texts[later], forms)
    return Hygiene(dataset=dataset, splits={name: _of_split(rows, forms) for name, rows in texts.items()}, overlaps=overlaps)


class Forms:
    """The normal forms of all splits, each once."""

    def __init__(self, forms: Sequence[pd.Series]) -> None:
        """Of the splits' forms."""
        self._known = pd.Index(pd.concat(forms).unique())
        self._similar = SimilarTexts(self._known.tolist(), NEAR)

    def repeated(self, forms: pd.Series) -> NDArray[np.bool_]:
        """Whether each of `forms` equals, or is near, one before it."""
        places = self._known.get_indexer(pd.Index(forms))
        new = ~pd.Series(places).duplicated().to_numpy()
        found = ~new
        found[new] = self._similar.have_like(places[new], places[new], np.arange(new.sum()))
        return found

    def elsewhere(self, forms: pd.Series, others: pd.Series) -> NDArray[np.bool_]:
        """Whether each of `forms` equals, or is near, one of `others`."""
        places, there = (self._known.get_indexer(pd.Index(each)) for each in (forms, others))
        found = np.isin(places, there)
        asked, among = np.unique(places[~found]), np.unique(there)
        like = asked[self._similar.have_like(asked, among, np.full(len(asked), len(among)))]
        return np.asarray(found | np.isin(places, like))


def normal_form(text: str) -> str:
    """The words of a tweet in lower case, one space between them, without what `NOT_CONTENT` matches."""
    content = NOT_CONTENT.sub(" ", unicodedata.normalize("NFKC", text).casefold().strip())
    return NO_WORD.sub(" ", content).strip()


def _of_split(rows: pd.DataFrame, forms: Forms) -> SplitHygiene:
    words = rows["text"].str.count(r"\S+")
    bins = (words // WORDS_IN_A_BIN).clip(upper=BINS - 1).value_counts()
    labels = rows[rows["form"] != ""].groupby(["topic_id", "form"])["label"].transform("nunique")
    return SplitHygiene(
        words=_quantiles(words),
        characters=_quantiles(rows["text"].str.len()),
        words_histogram=[int(bins.get(number, 0)) for number in range(BINS)],
        repeats=_count(rows["text"].duplicated(), forms.repeated(rows["form"]), rows["form"]),
        contradictory=int((labels > 1).sum()),
    )


def _overlap(first: pd.DataFrame, later: pd.DataFrame, forms: Forms) -> Repeats:
    near = forms.elsewhere(later["form"], first["form"])
    return _count(later["text"].isin(set(first["text"])), near, later["form"])


def _count(exact: pd.Series, near: NDArray[np.bool_], form: pd.Series) -> Repeats:
    """A tweet of nothing but addresses and symbols is nobody's near-duplicate."""
    return Repeats(exact=int(exact.sum()), near=int((exact | (near & (form != ""))).sum()))


def _quantiles(lengths: pd.Series) -> dict[str, float]:
    return {name: float(lengths.quantile(share)) for name, share in QUANTILES.items()}
