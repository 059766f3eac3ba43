"""Writes made-up tweets as a package in the layout of RepLab 2013, with every fault of the real files.

Files are the same, byte for byte, for the same entry and seed.
"""

import codecs
import csv
import io
import random
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from replite.data.generated_lexicon import TOPICS
from replite.data.generated_tweets import Author, Company, Tweet, companies
from replite.data.readers.generated import GeneratedDataset
from replite.files.names import PACKAGE
from replite.files.removal import remove
from replite.files.scratch import scratch

OFFICIAL_SHARE = 0.93

ENTITY_COLUMNS = [
    "entity_id", "query", "entity_name", "category", "homepage", "wikipedia_en", "wikipedia_es",
    "md5_homepage", "md5_wikipedia_en", "md5_wikipedia_es",
]  # fmt: skip
INFO_COLUMNS = [
    "tweet_id", "author", "entity_id", "tweet_url", "language", "timestamp", "urls", "extended_urls", "md5_extended_urls",
    "is_near_duplicate_of",
]  # fmt: skip
LABELED_COLUMNS = ["tweet_id", "author", "entity_id", "filtering", "polarity", "topic", "topic_priority"]
TEXT_COLUMNS = ["tweet_id", "author", "entity_id", "text"]
GOLD_COLUMNS = ["entity_id", "tweet_id", "polarity"]


def write_package(folder: Path, entry: GeneratedDataset, seed: int) -> None:
    """Write the package of `entry` to `folder`, whole or not at all; it takes the place of a folder that is there."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with scratch(folder.parent) as temporary:
        package = temporary / folder.name
        package.mkdir(mode=0o750)
        _write(package, entry, seed)
        remove(folder, *PACKAGE)
        package.replace(folder)


def _write(folder: Path, entry: GeneratedDataset, seed: int) -> None:
    about = companies(entry.topics)
    author = Author(about, seed)
    training = author.training(entry.train_tweets_per_topic)
    test = author.test(entry.test_tweets_per_topic, training)
    _write_entities(folder / "entities" / "replab2013_entities.tsv", about)
    for part, tweets in (("training", training), ("test", test)):
        for company in about:
            _write_company(folder / part, company, [tweet for tweet in tweets if tweet.company == company], part)
    # Two real training tweets carry RELATED as their polarity.
    spoilt = folder / "training" / "labeled" / f"{about[0].entity_id}.dat"
    _put(spoilt, spoilt.read_bytes().replace(b'"POSITIVE"', b'"RELATED"', 2))
    _write_gold(folder / "training" / "goldstandard", training)
    _write_gold(folder / "test" / "goldstandard", test)
    official = [tweet for tweet in test if random.Random(f"{seed} {tweet.tweet_id}").random() < OFFICIAL_SHARE]
    _write_gold(folder / "test" / "goldstandard_official_replab2013", official)


def _write_entities(path: Path, about: Iterable[Company]) -> None:
    rows = []
    for company in about:
        # A query of several words is a phrase search, in quotes.
        query = f'"{company.name}"' if " " in company.name else company.name
        rows.append([company.entity_id, query, company.name, company.sector, *[""] * 6])
    _put(path, _table(ENTITY_COLUMNS, rows, line_end="\r\n").encode())


def _write_company(folder: Path, company: Company, tweets: list[Tweet], part: str) -> None:
    """The three files of one company. Ids serve as times, since larger ones were written later."""
    file = f"{company.entity_id}.dat"
    info = [
        [t.tweet_id, "", company.entity_id, "", t.language, t.tweet_id >> 27, "", "", "", t.near_duplicate_of] for t in tweets
    ]
    _put(folder / "tweet_info" / file, _table(INFO_COLUMNS, info).encode())
    _put(folder / "labeled" / file, _labeled(company, tweets))
    mark = codecs.BOM_UTF8 if part == "training" else b""
    _put(folder / "tweet_text" / file, mark + _table(TEXT_COLUMNS, _text_rows(company, tweets, part)).encode())


def _labeled(company: Company, tweets: list[Tweet]) -> bytes:
    """The labeled file: topics with tabs, one with a byte that is not UTF-8, and a row that is broken over two lines."""
    rows: list[list[Any]] = []
    for index, tweet in enumerate(tweets):
        topic = TOPICS[index % len(TOPICS)]
        if index in (1, 2):
            topic = topic.replace(" ", "\t") + "\tand more"
        filtering = "RELATED" if tweet.polarity else "UNRELATED"
        rows.append([tweet.tweet_id, "", company.entity_id, filtering, tweet.polarity, topic if tweet.polarity else "", ""])
    rows[3][5] = "Café"
    lines = _table(LABELED_COLUMNS, rows).split("\n")
    lines[5] = lines[5].replace('RELATED"\t', 'RELATED"\t\n')
    return "\n".join(lines).encode("cp1252")


def _text_rows(company: Company, tweets: list[Tweet], part: str) -> list[list[Any]]:
    """The text file's rows: a deleted tweet has none or an empty one, some rows come twice, some have no label, some break."""
    rows: list[list[Any]] = [[t.tweet_id, "", company.entity_id, t.text] for t in tweets if t.text or t.tweet_id % 2]
    rows[0][3] = rows[0][3].replace(" ", "\n", 1)
    if part == "training":
        return rows + rows[5:8]
    unlabelled = [[tweets[-1].tweet_id + 1, "", company.entity_id, f"nobody labelled this about {company.name}"]]
    return rows + unlabelled


def _write_gold(folder: Path, tweets: Iterable[Tweet]) -> None:
    rows = sorted([t.company.entity_id, t.tweet_id, t.polarity] for t in tweets if t.polarity)
    _put(folder / "goldstandard_polarity.dat", _table(GOLD_COLUMNS, rows).encode())


def _table(columns: list[str], rows: Iterable[list[Any]], line_end: str = "\n") -> str:
    """Tab-separated, every field in double quotes, quotes doubled."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", quoting=csv.QUOTE_ALL, lineterminator=line_end)
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()


def _put(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
