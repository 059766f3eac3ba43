"""Small RepLab 2013 packages for the tests, written in the real files' format."""

from __future__ import annotations

from pathlib import Path

from replite.data.readers.replab2013 import LABELS, RepLab2013Dataset
from replite.data.splits import RawSplits, Split

ENTITY = "E1"
HEADERS = {
    "tweet_info": [
        "tweet_id", "author", "entity_id", "tweet_url", "language", "timestamp", "urls", "extended_urls", "md5_extended_urls",
        "is_near_duplicate_of",
    ],
    "labeled": ["tweet_id", "author", "entity_id", "filtering", "polarity", "topic", "topic_priority"],
    "tweet_text": ["tweet_id", "author", "entity_id", "text"],
}  # fmt: skip


def line(*fields: str) -> str:
    """A row: every field in double quotes, quotes doubled, tabs between."""
    return "\t".join('"' + field.replace('"', '""') + '"' for field in fields)


def labeled(tweet_id: str, polarity: str = "POSITIVE", entity: str = ENTITY, topic: str = "", filtering: str = "RELATED") -> str:
    return line(tweet_id, "", entity, filtering, polarity, topic, "")


def text(tweet_id: str, content: str = "a tweet", entity: str = ENTITY) -> str:
    return line(tweet_id, "", entity, content)


def info(tweet_id: str, language: str = "EN", near_duplicate_of: str = "-1", entity: str = ENTITY) -> str:
    return line(tweet_id, "", entity, "", language, "1", "", "", "", near_duplicate_of)


def put(folder: Path, part: str, kind: str, rows: list[str], *, entity: str = ENTITY, before: bytes = b"") -> Path:
    """Write the file of `kind` of one entity, `before` in front of it; the file's path."""
    path = folder / part / kind / f"{entity}.dat"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(before + "\n".join([line(*HEADERS[kind]), *rows, ""]).encode())
    return path


def put_entities(folder: Path, *rows: tuple[str, str]) -> None:
    """Write the entities' table with (entity_id, query) rows."""
    path = folder / "entities" / "replab2013_entities.tsv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes("\r\n".join([line("entity_id", "query"), *(line(*row) for row in rows), ""]).encode())


def write(folder: Path) -> Path:
    """A package with one entity and, in each part, one tweet with each label: training ids begin with 1, test ids with 2."""
    put_entities(folder, (ENTITY, "BMW"))
    for part, first in (("training", "1"), ("test", "2")):
        ids = {f"{first}{number}": label for number, label in enumerate(LABELS)}
        put(folder, part, "labeled", [labeled(i, label) for i, label in ids.items()])
        put(folder, part, "tweet_text", [text(i, f"tweet {i}") for i in ids])
        put(folder, part, "tweet_info", [info(i) for i in ids])
    return folder


def put_training(folder: Path, *, labels: list[str], texts: list[str], infos: list[str]) -> None:
    """Replace the training files of the entity."""
    for kind, rows in (("labeled", labels), ("tweet_text", texts), ("tweet_info", infos)):
        put(folder, "training", kind, rows)


def entry(folder: Path, **keys: object) -> RepLab2013Dataset:
    return RepLab2013Dataset.model_validate({"reader": "replab2013", "folder": str(folder), **keys})


def read(folder: Path, **keys: object) -> RawSplits:
    return entry(folder, **keys).read()


def the_test(splits: RawSplits) -> Split:
    """The test split, which every package has."""
    assert splits.test is not None
    return splits.test
