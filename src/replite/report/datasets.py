"""The data sets as the page shows them: card, hygiene of the texts, and missing texts."""

from collections.abc import Mapping, Sequence
from typing import Any

from replite.data.hygiene import Hygiene
from replite.records.data import Card, TopicCard

NOT_FOUND = {"no_text", "repeated_row", "no_label", "unrelated_or_unlabelled", "polarity_related"}
"""Reasons to leave a row out without its text, or before it was looked for."""


def datasets(cards: Sequence[Card], hygiene: Sequence[Hygiene]) -> list[dict[str, Any]]:
    """For each card: `card`, `hygiene` (or None), `texts` of all topics and, topic by topic, `texts_by_topic`."""
    inspected = {record.dataset: record for record in hygiene}
    return [{"card": card, "hygiene": inspected.get(card.dataset), **_texts(card)} for card in cards]


def _texts(card: Card) -> dict[str, Any]:
    """Texts found and missing among the tweets with a label, in the training (validation included) and the test part."""
    splits = card.splits
    parts = {"training": [splits["train"].topics, splits["validation"].topics], "test": [splits["test"].topics]}
    topics = sorted({topic for split in splits.values() for topic in split.topics})
    by_topic = {topic: {part: _found(topic, of_part) for part, of_part in parts.items()} for topic in topics}
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
    later = sum(number for count in counts for reason, number in count.dropped.items() if reason not in NOT_FOUND)
    kept = sum(count.kept for count in counts)
    return {"kept": kept, "found": kept + later, "missing": sum(count.dropped.get("no_text", 0) for count in counts)}
