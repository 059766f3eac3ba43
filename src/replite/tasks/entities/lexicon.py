"""CoNLL-2003's baseline, which remembers (Tjong Kim Sang and De Meulder, "Introduction to the CoNLL-2003 Shared Task", 2003).

A text's entities are the runs of words that are entities of one type alone in training; of several that begin with the same word
the longest.
"""

from collections.abc import Iterable, Mapping

from replite.tasks.entities.spans import Entity, held, words

Lexicon = Mapping[tuple[str, ...], str]
"""Types by the words of an entity."""


def learn(texts: Iterable[str], gold: Iterable[str]) -> Lexicon:
    """The entities of texts that are of one type alone. Raises `MetricsError`."""
    types: dict[tuple[str, ...], set[str]] = {}
    for text, entities in zip(texts, held(gold), strict=True):
        for entity in entities:
            types.setdefault(tuple(text[entity.start : entity.end].split()), set()).add(entity.type)
    return {run: kinds.pop() for run, kinds in types.items() if len(kinds) == 1}


def look_up(text: str, lexicon: Lexicon, longest: int) -> list[Entity]:
    """The entities of a text; `longest` is the number of words of the lexicon's longest."""
    found, places, first = [], words(text), 0
    while first < len(places):
        for last in range(min(first + longest, len(places)), first, -1):
            start, end = places[first][0], places[last - 1][1]
            if kind := lexicon.get(tuple(text[start:end].split())):
                found.append(Entity(start, end, kind))
                first = last - 1
                break
        first += 1
    return found
