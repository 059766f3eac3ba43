"""Entities of a text: runs of words, each with a type.

A word has the likeliest tag of its first piece: O outside, B-<type> where an entity begins, I-<type> within. With thresholds it
has the likeliest but O, if that reaches the threshold of its type, and else O. An I- that goes on no entity of its type begins
one, as in CoNLL's own evaluation (Tjong Kim Sang and De Meulder 2003).
"""

from __future__ import annotations

import json
from typing import Any, NamedTuple, Sequence

import numpy as np

from . import Reading


class Entity(NamedTuple):
    """An entity in a text."""

    start: int
    end: int
    type: str
    begun: bool
    """Whether a B- began it."""
    probability: float
    """The mean of its words'."""


def shape(batch_size: int, length: int, labels: Sequence[str]) -> tuple[int, ...]:
    """A probability for each piece and tag."""
    return batch_size, length, 1 + 2 * len(labels)


def decide(output: np.ndarray, reading: Reading) -> str:
    """Start, end and type of each as a JSON array; behind them a 1 if no B- began it."""
    found = [[one.start, one.end, one.type] + ([] if one.begun else [1]) for one in _entities(output, reading)]
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))


def answer(output: np.ndarray, reading: Reading) -> dict[str, Any]:
    """Each one's place in the text, in characters from 0, what stands there, its type and its score."""
    found = [
        {
            "start": one.start,
            "end": one.end,
            "text": reading.text[one.start : one.end],
            "type": one.type,
            "score": one.probability,
        }
        for one in _entities(output, reading)
    ]
    return {"entities": found}


def _entities(output: np.ndarray, reading: Reading) -> list[Entity]:
    words = [word for word in reading.words if word.place]
    rows = output[[word.place for word in words]]
    found: list[Entity] = []
    members: list[float] = []
    current: int | None = None
    for word, tag, row in zip(words, _tags(rows, reading.thresholds).tolist(), rows.tolist()):
        probability = row[tag]
        kind, inside = (None, False) if tag == 0 else ((tag - 1) // 2, tag % 2 == 0)
        if kind is not None and inside and kind == current:
            members.append(probability)
            found[-1] = found[-1]._replace(end=word.end, probability=sum(members) / len(members))
        elif kind is not None:
            members = [probability]
            found.append(Entity(word.start, word.end, reading.labels[kind], not inside, probability))
        current = kind
    return found


def _tags(rows: np.ndarray, thresholds: Sequence[float]) -> np.ndarray:
    """Of each row [words, tags]."""
    if not thresholds or not len(rows):
        return rows.argmax(axis=-1)
    likeliest = 1 + rows[:, 1:].argmax(axis=-1)
    limits = np.repeat(np.array(thresholds, np.float32), 2)[likeliest - 1]
    return np.where(rows[np.arange(len(rows)), likeliest] >= limits, likeliest, 0)
