"""A pretrained vocabulary cut down to the word pieces that the training tweets use.

The embedding table of a BERT-family model has a row for each piece and is a large part of a small model: 11.7 of MiniLM-L6's
22.7 million weights. Tweets of a kind use a fraction of the pieces. WordPiece takes the longest piece that fits (Wu et al.,
2016), and byte-pair encoding makes a piece by the same merges as long as its parts are kept too, so a text all of whose pieces
are kept is tokenized as before, and the model gives what it gave before; a word with a piece that is gone is spelled with
smaller ones.
"""

import re
from collections import Counter
from pathlib import Path
from typing import Any

from replite.config.train import Vocabulary
from replite.train.vocabulary import kind_of, pieces

UNUSED = re.compile(r"\[unused\d+\]")
"""A piece of a BERT's that no text has."""


def prune(model: Any, tokenizer: Any, texts: list[str], entry: Vocabulary, folder: Path) -> Any:
    """Keep the pieces that the entry says of `texts`, the special ones and what spells all of `texts`.

    The rows of `model`'s embedding table are rewritten in place; returns the tokenizer that goes with them, whose files are
    written to `folder`.
    """
    kind, listed = kind_of(tokenizer), pieces(tokenizer)
    frequent = {piece for piece, count in _count(tokenizer, texts).most_common(entry.pieces) if count >= entry.minimum_count}
    wanted = kind.complete(frequent | set(tokenizer.all_special_tokens), tokenizer, texts)
    others = [piece for piece in listed if piece not in wanted and not UNUSED.fullmatch(piece)]
    wanted |= set(others[: max(0, (entry.pieces or 0) - len(wanted & set(listed)))])
    kept = [index for index, piece in enumerate(listed) if piece in wanted]
    rows = model.get_input_embeddings().weight.numpy()[kept]
    model.resize_token_embeddings(len(kept))
    model.get_input_embeddings().weight.assign(rows)
    folder.mkdir(parents=True, exist_ok=True)
    return kind.rebuild(tokenizer, [listed[index] for index in kept], folder)


def coverage(full: Any, pruned: Any, texts: list[str]) -> float:
    """Share of the piece occurrences in `texts`, tokenized with all pieces, whose piece the pruned tokenizer still has."""
    kept = set(pruned.get_vocab())
    counts = _count(full, texts)
    return sum(count for piece, count in counts.items() if piece in kept) / max(1, counts.total())


def _count(tokenizer: Any, texts: list[str]) -> Counter[str]:
    encodings = tokenizer(texts, add_special_tokens=False, split_special_tokens=True, verbose=False).encodings
    return Counter(piece for encoding in encodings for piece in encoding.tokens)
