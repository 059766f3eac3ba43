"""The data sets as the page shows them: card, hygiene of the texts, and missing texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from replite.data.hygiene import Hygiene
from replite.records.data import Card, TopicCard

LEFT_OUT_BEFORE_TEXT = {"repeated_row", "no_label", "unrelated_or_unlabelled", "polarity_related"}
"""Reasons to leave a row out that say nothing of whether its text was found."""
TRAINING_SPLITS: list[Literal["train", "validation"]] = ["train", "validation"]
"""Both come from the training tweets; what was left out is counted in the first."""


def datasets(cards: Sequence[Card], hygiene: Sequence[Hygiene]) -> list[dict[str, Any]]:
    """For each card: `card`, `hygiene` (or None), `texts` of all topics and, topic by topic, `texts_by_topic`."""
    inspected = {record.dataset: record for record in hygiene}
    return [{"card": card, "hygiene": inspected.get(card.dataset), **_texts(card)} for card in cards]


def _texts(card: Card) -> dict[str, Any]:
    """Texts found and missing among the tweets with a label, in the training (validation included) and the test part."""
    parts = {
        "training": [card.splits[name].topics for name in TRAINING_SPLITS],
        "test": [card.splits["test"].topics],
    }
    topics = sorted({topic for split in card.splits.values() for topic in split.topics})
    by_topic = {topic: {part: _found(topic, splits) for part, splits in parts.items()} for topic in topics}
    return {
        "texts_by_topic": by_topic,
        "texts": {
            part: {
                "found": sum(texts[part]["found"] for texts in by_topic.values()),
                "missing": sum(texts[part]["missing"] for texts in by_topic.values()),
                "topics": sum(texts[part]["found"] > 0 for texts in by_topic.values()),
            }
            for part in parts
        },
    }


def _found(topic: str, splits: Sequence[Mapping[str, TopicCard]]) -> dict[str, int]:
    counts = [split[topic] for split in splits if topic in split]
    ignored = LEFT_OUT_BEFORE_TEXT | {"no_text"}
    later = sum(number for count in counts for reason, number in count.dropped.items() if reason not in ignored)
    kept = sum(count.kept for count in counts)
    return {"kept": kept, "found": kept + later, "missing": sum(count.dropped.get("no_text", 0) for count in counts)}
