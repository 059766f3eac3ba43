"""Gold as text, by the data set's task: its labels, what they mean, and how it comes of labels or of words and their tags."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from replite.printable import shown

Meanings = Mapping[str, str | None]
"""Labels by what stands in their place in a file, None for one that is left out; what is not among them is a label itself."""
OTHER_SCHEMES = re.compile("[SELUMW]-.")
"""How tags of schemes begin that are not read."""
BARE_TYPE = re.compile(r"[^\W\d_]{2}")
"""How types begin, two letters, where a tag has nothing before its type."""


class GoldError(ValueError):
    """Words and tags that are no text with entities; the message says why."""


class Gold:
    """Of one label, and of a task that a package adds: what stands in the file."""

    part = "label"
    """What messages call one of `labels`."""
    fewest = 2
    """Labels that a data set has to have."""

    def labels(self, gold: str) -> list[str]:
        """The labels that occur in it, each as often as it does."""
        return [gold]

    def translated(self, gold: str, meanings: Meanings, labels: Sequence[str]) -> str | None:
        """The same in the data set's labels and their order; None where a text of such gold is left out."""
        return meanings.get(gold, gold)


class SeveralLabels(Gold):
    """A JSON array of labels."""

    fewest = 1

    def labels(self, gold: str) -> list[str]:
        """See `Gold`."""
        return list(json.loads(gold))

    def translated(self, gold: str, meanings: Meanings, labels: Sequence[str]) -> str | None:
        """See `Gold`. A label without a meaning is left out, not the text."""
        places = {label: place for place, label in enumerate(labels)}
        wanted = {label for written in json.loads(gold) if (label := meanings.get(written, written)) is not None}
        return as_json(sorted(wanted, key=lambda label: (places.get(label, len(labels)), label)))


class Entities(Gold):
    """A JSON array of [start, end, type], in characters of the text."""

    part = "type"
    fewest = 1

    def labels(self, gold: str) -> list[str]:
        """See `Gold`."""
        return [kind for _, _, kind in json.loads(gold)]

    def translated(self, gold: str, meanings: Meanings, labels: Sequence[str]) -> str | None:
        """See `Gold`. An entity of a type without a meaning is left out, not the text."""
        found = [(start, end, meanings.get(kind, kind)) for start, end, kind in json.loads(gold)]
        return as_json([entity for entity in found if entity[2] is not None])


FORMS: dict[str, Gold] = {"several_labels": SeveralLabels(), "entities": Entities()}
"""Gold that is not one label, by the task."""


def form(task: str) -> Gold:
    """The form of a task's gold."""
    return FORMS.get(task, Gold())


def as_json(parts: Sequence[Any]) -> str:
    """Gold of several labels or entities."""
    return json.dumps(parts, ensure_ascii=False, separators=(",", ":"))


def of_labels(labels: Sequence[str], faults: Counter[str]) -> str:
    """Gold of the labels as they are written; empty ones and those that repeat one are left out and counted in `faults`."""
    once = dict.fromkeys(label for label in labels if label)
    faults["empty_label"] += labels.count("")
    faults["repeated_label"] += len(labels) - labels.count("") - len(once)
    return as_json([*once])


def text_of(words: Sequence[str], faults: Counter[str]) -> str:
    """The words, one space between them; white space in one, counted in `faults`, becomes a "_". Raises `GoldError`."""
    if "" in words:
        raise GoldError(f"word {words.index('') + 1} is empty")
    whole = [re.sub(r"\s", "_", word) for word in words]
    faults["white_space_in_word"] += sum(word != other for word, other in zip(words, whole, strict=True))
    return " ".join(whole)


def of_tags(words: Sequence[str], tags: Sequence[str]) -> str:
    """Gold of the text that `text_of` makes of the words, by conlleval's rule: an I- that continues no entity of its type begins
    one. Raises `GoldError`."""
    if len(words) != len(tags):
        raise GoldError(f"{len(words)} words and {len(tags)} tags")
    entities: list[tuple[int, int, str]] = []
    start, before = 0, "O"
    for word, tag in zip(words, tags, strict=True):
        if wrong := fault(tag):
            raise GoldError(wrong)
        end = start + len(word)
        if tag != "O":
            begins = tag[0] == "B" or before[2:] != tag[2:]
            entities.append((start, end, tag[2:]) if begins else (entities.pop()[0], end, tag[2:]))
        start, before = end + 1, tag
    return as_json(entities)


def fault(tag: str) -> str | None:
    """What is wrong with a tag, if anything."""
    if tag in ("B-", "I-"):
        return f"the tag {tag!r} names no type"
    if tag == "O" or tag[:2] in ("B-", "I-"):
        return None
    return f"the tag {shown(tag, most_words=1)} is none of O, B-<type> and I-<type>{_hint(tag)}"


def _hint(tag: str) -> str:
    if OTHER_SCHEMES.match(tag):
        return "; of other schemes (IOBES, BILOU, BMEWO) write S-, U- and W- as B-, and E-, L- and M- as I-"
    return "; B- stands before the type of an entity's first word, I- of its others" if BARE_TYPE.match(tag) else ""


def strays(sentences: Iterable[Sequence[str]]) -> int:
    """How many I- tags begin an entity in tags that go by IOB2, in which a B- does; in IOB1, where it only parts an entity from
    one of its type before it, these are regular."""
    pairs = [(before, tag) for tags in sentences for before, tag in pairwise(["O", *tags]) if tag != "O"]
    begun = sum(tag[0] == "I" and before[2:] != tag[2:] for before, tag in pairs)
    return begun if any(tag[0] == "B" and before[2:] != tag[2:] for before, tag in pairs) else 0
