"""Texts that share most of their words: an exact set-similarity join.

Two sets of words of a Jaccard similarity of at least t have at least one of their rarest words in common: of n words, one of the
n - ceil(t n) + 1 rarest (prefix filtering: Chaudhuri, Ganti, Kaushik, ICDE 2006; Bayardo, Ma, Srikant, WWW 2007). Only pairs that
do are compared.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.feature_extraction.text import CountVectorizer

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]
PAIRS_AT_ONCE = 1_000_000
"""Pairs compared at once, which bounds the memory."""


def similar_pairs(texts: Sequence[str], threshold: float) -> Pairs:
    """Positions (i, j), i < j, of all texts whose sets of words, split at spaces, have a Jaccard similarity >= `threshold` > 0.

    Texts without a word are like no other.
    """
    if not any(text.strip() for text in texts):
        return np.empty(0, np.int64), np.empty(0, np.int64)
    words = CountVectorizer(tokenizer=str.split, token_pattern=None, lowercase=False, binary=True).fit_transform(texts)
    rarest = _rarest_words(words, threshold)
    common = sparse.triu(rarest @ rarest.T, k=1, format="coo")
    first, second = common.row.astype(np.int64), common.col.astype(np.int64)
    sizes = np.diff(words.indptr)
    long_enough = np.minimum(sizes[first], sizes[second]) >= threshold * np.maximum(sizes[first], sizes[second])
    first, second = first[long_enough], second[long_enough]
    parts = np.arange(PAIRS_AT_ONCE, len(first), PAIRS_AT_ONCE)
    blocks = zip(np.split(first, parts), np.split(second, parts), strict=True)
    near = np.concatenate([_similarity(words, a, b) >= threshold for a, b in blocks])
    return first[near], second[near]


def _rarest_words(words: sparse.csr_matrix, threshold: float) -> sparse.csr_matrix:
    """`words` with only the n - ceil(t n) + 1 rarest of each row's n; of equally rare ones, those of the lower column."""
    rarity = np.argsort(np.argsort(words.sum(axis=0).A1, kind="stable"), kind="stable")
    ranked = sparse.csr_matrix((words.data, rarity[words.indices], words.indptr), shape=words.shape, copy=True)
    ranked.sort_indices()
    sizes = np.diff(ranked.indptr)
    kept = sizes - np.ceil(threshold * sizes - 1e-9).astype(np.int64) + 1
    place = np.arange(ranked.nnz) - np.repeat(ranked.indptr[:-1], sizes)
    ranked.data = (place < np.repeat(kept, sizes)).astype(np.int32)
    ranked.eliminate_zeros()
    return ranked


def _similarity(words: sparse.csr_matrix, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float64]:
    """The Jaccard similarity of each pair of rows."""
    shared = words[first].multiply(words[second]).sum(axis=1).A1
    sizes = np.diff(words.indptr)
    return np.asarray(shared / (sizes[first] + sizes[second] - shared) + 1e-9)
