"""Texts that share most of their words: an exact set-similarity join that stops at the first find.

Two sets of words of a Jaccard similarity of at least t have at least one of their rarest words in common: of n words, one of the
n - ceil(t n) + 1 rarest (prefix filtering: Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007); and behind the
first of these enough words are left (positional filtering: Xiao, Wang, Lin, Yu, WWW 2008). Only such texts are compared, and a
text no more once one like it is found: of many copies of one template each is compared with a few.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

Places = NDArray[np.int64]
PAIRS_AT_ONCE = 1_000_000
"""Pairs compared at once, which bounds the memory."""


class SimilarTexts:
    """Texts, of which some may be like others: their sets of words, split at spaces, have a Jaccard similarity of at least
    `threshold`, which is above 0. A text without a word is like no other."""

    def __init__(self, texts: Sequence[str], threshold: float) -> None:
        """Count the words of all texts."""
        count = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, binary=True, dtype=np.int32)
        some = any(text.strip() for text in texts)
        self._words = count.fit_transform(texts) if some else sparse.csr_matrix((len(texts), 1), dtype=np.int32)
        self._sizes = np.diff(self._words.indptr)
        self._rarest = _rarest_words(self._words, threshold)
        self._threshold = threshold

    def have_like(self, asked: Places, among: Places, before: Places) -> NDArray[np.bool_]:
        """Whether each text at `asked` is like one of the first so many at `among` as `before` says; all are int64 [texts]."""
        lists = self._rarest[among].tocsc()  # by word, the places in `among` of the texts that have it
        lists.sort_indices()
        ordered = np.repeat(np.arange(lists.shape[1]), np.diff(lists.indptr)) * (len(among) + 1) + lists.indices
        asking = self._rarest[asked]
        who = np.repeat(np.arange(len(asked)), np.diff(asking.indptr))
        start = lists.indptr[asking.indices].astype(np.int64)
        end = np.searchsorted(ordered, asking.indices.astype(np.int64) * (len(among) + 1) + before[who])
        behind = asking.data
        found, most = np.zeros(len(asked), dtype=bool), 1
        while (left := (end > start) & ~found[who]).any():
            who, start, end, behind = who[left], start[left], end[left], behind[left]
            begin = np.maximum(start, end - most)
            for entries in _parts(end - begin):
                part = entries[~found[who[entries]]]
                others = _ranges(begin[part], end[part])
                one, other = np.repeat(who[part], end[part] - begin[part]), lists.indices[others]
                rest = np.minimum(np.repeat(behind[part], end[part] - begin[part]), lists.data[others])
                found[one[self._alike(asked[one], among[other], rest)]] = True
            end, most = begin, 2 * most
        return found

    def _alike(self, first: Places, second: Places, rest: Places) -> NDArray[np.bool_]:
        """Whether the texts of each pair are alike; of those that share a word before, some may be missed: `rest` is how many
        they can share at most from one word on that they do share."""
        sizes = self._sizes[first] + self._sizes[second]
        alike = rest >= self._threshold / (1 + self._threshold) * sizes - 1e-9
        shared = self._words[first[alike]].multiply(self._words[second[alike]]).sum(axis=1).A1
        alike[alike] = shared / (sizes[alike] - shared) + 1e-9 >= self._threshold
        return alike


def _rarest_words(words: sparse.csr_matrix, threshold: float) -> sparse.csr_matrix:
    """Of each row's n words the n - ceil(t n) + 1 rarest, of equally rare ones those of the lower column; each has for its value
    how many of the row's words are no rarer, itself included."""
    rarity = np.argsort(np.argsort(words.sum(axis=0).A1, kind="stable"), kind="stable")
    ranked = sparse.csr_matrix((words.data, rarity[words.indices], words.indptr), shape=words.shape, copy=True)
    ranked.sort_indices()
    sizes = np.diff(ranked.indptr)
    most = np.repeat(np.ceil(threshold * sizes - 1e-9).astype(np.int64), sizes)
    rest = np.repeat(ranked.indptr[1:], sizes) - np.arange(ranked.nnz)
    ranked.data = np.where(rest >= most, rest, 0).astype(np.int32)
    ranked.eliminate_zeros()
    return ranked


def _parts(counts: Places) -> Iterator[Places]:
    """The places of `counts` in parts of at most PAIRS_AT_ONCE together, or of one."""
    ends = np.searchsorted(np.cumsum(counts), np.arange(PAIRS_AT_ONCE, counts.sum() + PAIRS_AT_ONCE, PAIRS_AT_ONCE), side="right")
    start = 0
    for end in ends:
        yield np.arange(start, max(end, min(start + 1, len(counts))))
        start = max(end, start + 1)


def _ranges(begin: Places, end: Places) -> Places:
    """The numbers of each range from `begin` to before `end`, one range behind the other."""
    lengths = end - begin
    behind = np.cumsum(lengths)
    return np.arange(behind[-1] if len(behind) else 0) + np.repeat(begin - behind + lengths, lengths)
