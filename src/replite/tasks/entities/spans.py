"""Entities as text, and as tags of words.

As text they are a JSON array of `[start,end,"type"]`, half-open, in characters of the raw text, ascending, none over another. An
answer's entity that began with a stray I-, for which no entity of its type was there to continue, is `[start,end,"type",1]`:
conlleval's rule reads it as an entity, the strict metric does not. Gold has none such.

The words of a text are its runs of non-white-space. A tag is its index in `tags`.
"""

import json
import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from replite.tasks.scoring import MetricsError

Word = tuple[int, int]
"""Start and end in the text's characters."""


class Entity(NamedTuple):
    """A part of a text that names something."""

    start: int
    end: int
    type: str
    stray: bool = False


def tags(labels: Sequence[str]) -> list[str]:
    """The tags of a model's output in their order; `labels` are the types."""
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


def words(text: str) -> list[Word]:
    """The words of a text."""
    return [found.span() for found in re.finditer(r"\S+", text)]


def write(entities: Iterable[Entity]) -> str:
    """Entities as text."""
    items = [[*entity[:3], *([1] if entity.stray else [])] for entity in entities]
    return json.dumps(items, ensure_ascii=False, separators=(",", ":"))


def read(text: str) -> list[Entity]:
    """The entities of a text. Raises `MetricsError` for what `write` does not write."""
    try:
        found = [Entity(start, end, kind, *map(bool, stray)) for start, end, kind, *stray in json.loads(text)]
    except (ValueError, TypeError, RecursionError):
        found = None
    if found is None or not _in_order(found) or write(found) != text:
        raise MetricsError(f'{text!r:.50} is no JSON array of [start,end,"type"], ascending and apart')
    return found


def held(texts: Iterable[str | None]) -> list[list[Entity]]:
    """The entities of each text, none where gold ("") or an answer (None) is missing. Raises `MetricsError`."""
    return [read(text) if text else [] for text in texts]


def from_tags(tagged: Sequence[int], places: Sequence[Word], labels: Sequence[str]) -> list[Entity]:
    """The entities of words tagged so, by conlleval's rule: an I- that does not continue an entity of its type begins one."""
    found: list[Entity] = []
    before = None
    for tag, (start, end) in zip(tagged, places, strict=True):
        kind = labels[(tag - 1) // 2] if tag else None
        begins = tag % 2 == 1
        if kind is not None and kind == before and not begins:
            found[-1] = found[-1]._replace(end=end)
        elif kind is not None:
            found.append(Entity(start, end, kind, stray=not begins))
        before = kind
    return found


def to_tags(entities: Iterable[Entity], places: Sequence[Word], labels: Sequence[str]) -> list[int]:
    """The tags of the words. Raises `MetricsError` for an unknown type and for an entity that ends within a word."""
    starts, ends = ({word[side]: number for number, word in enumerate(places)} for side in (0, 1))
    tagged = [0] * len(places)
    for start, end, kind, _ in entities:
        if kind not in labels:
            raise MetricsError(f"type '{kind}' is none of {', '.join(labels)}")
        if start not in starts or end not in ends:
            raise MetricsError(f"the entity {write([Entity(start, end, kind)])[1:-1]:.50} does not begin and end with a word")
        inside = 2 * labels.index(kind) + 2
        tagged[starts[start] : ends[end] + 1] = [inside - 1, *[inside] * (ends[end] - starts[start])]
    return tagged


def _in_order(entities: Sequence[Entity]) -> bool:
    """Whether they are of a form that can be, and follow each other."""
    if not all(type(entity.start) is type(entity.end) is int and isinstance(entity.type, str) for entity in entities):
        return False
    edges = [0, *(edge for entity in entities for edge in entity[:2])]
    return edges == sorted(edges) and all(entity.start < entity.end for entity in entities)
