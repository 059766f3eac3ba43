"""Reader of column files: a word and its tag on each line, an empty line between sentences."""

import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import pandas as pd
from pydantic import Field, field_validator

from replite.data.readers.delimited import Dialect
from replite.data.readers.files import content_of, decode
from replite.data.readers.gold import fault, of_tags, strays, text_of
from replite.data.readers.own import OwnFiles
from replite.data.splits import COLUMNS, DataError

DOCUMENT = "-DOCSTART-"
"""What stands in the place of a word where a document begins."""
LONGEST_SENTENCE = 1000
"""Words; more in a file without another sentence are many of them, and empty lines are missing."""


class ConllDataset(OwnFiles):
    """Sentences with named entities in column files, as CoNLL-2003's: a word and its tag on a line, and empty lines between.

    A sentence's text is its words, one space between them; white space in a word becomes `_`. Tags are `O`, `B-<type>` and
    `I-<type>`; an `I-` that continues no entity of its type begins one. The card counts such words, lines where a document begins
    (`-DOCSTART-` as the word or first on the line), and such tags, unless the file goes by IOB1, whose rule it is. Every line
    with a word has as many columns.
    """

    reader: Literal["conll"]
    """Which reader reads the data set."""
    task: Literal["entities"] = "entities"
    """What a text is labelled with."""
    word_column: int = 0
    """The column that holds the word, counted from 0, or from the last, which is -1."""
    tag_column: int = -1
    """The column that holds the tag, counted likewise."""
    separator: str | None = None
    """The sign between columns, a tab as `"\\t"`; `null` takes tabs on a line that has one, else any number of spaces."""
    comment: Annotated[str, Field(min_length=1)] | None = None
    """How lines begin that are no words, as in `"# id "`; `null` takes every line for a word."""

    @field_validator("separator")
    @classmethod
    def _one_sign(cls, separator: str | None) -> str | None:
        if separator is not None and (len(separator) != 1 or separator in "\r\n\0"):
            raise ValueError('give one sign that is no line end; a tab is "\\t", with double quotes')
        return separator

    def rows(self, path: Path, faults: Counter[str], labelled: bool = True) -> pd.DataFrame:
        """See `OwnFiles`."""
        dialect = Dialect(encoding=self.encoding, encoding_errors=self.encoding_errors)
        lines = re.split(r"\r\n?|\n", decode(content_of(path), path, dialect, faults))
        sentences = _Lines(self, path, faults, labelled).sentences(lines)
        if not sentences:
            raise DataError(f"{path}: the file holds no sentences")
        if len(sentences) == 1 and len(sentences[0].words) > LONGEST_SENTENCE:
            words = len(sentences[0].words)
            raise DataError(f"{path}: one sentence of {words:,} words: no empty line parts them; put one behind each sentence")
        texts = [text_of(sentence.words, faults) for sentence in sentences]
        gold = [of_tags(text.split(), found.tags) if labelled else "" for text, found in zip(texts, sentences, strict=True)]
        faults["stray_inside_tag"] += strays(sentence.tags for sentence in sentences)
        rows = pd.DataFrame({"text": texts, "label": gold}, index=pd.Index([found.line for found in sentences], name="line"))
        numbers = [str(number) for number in range(1, len(rows) + 1)]
        return rows.assign(topic_id="", tweet_id=numbers, topic="", language="")[COLUMNS]


@dataclass
class _Sentence:
    line: int
    """That of its first word."""
    words: list[str] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)


@dataclass
class _Lines:
    """The lines of a file."""

    entry: ConllDataset
    path: Path
    faults: Counter[str]
    labelled: bool
    first: tuple[int, int] | None = None
    """Number and columns of the first line with a word: all have as many."""

    def sentences(self, lines: list[str]) -> list[_Sentence]:
        """The sentences on the lines. Raises `DataError`."""
        found: list[_Sentence] = []
        inside = False
        for number, written in enumerate(lines, start=1):
            line = written.removeprefix("\ufeff")  # of a file that another was put before
            self.faults["byte_order_mark"] += line != written
            if self.entry.comment and line.startswith(self.entry.comment):
                self.faults["comment"] += 1
            elif self._ends(line, fields := self._fields(line)):
                inside = False
            else:
                if not inside:
                    found.append(_Sentence(number))
                inside = True
                try:
                    self._read(fields, number, found[-1])
                except DataError as error:
                    if not line.startswith("#") or self.entry.comment:
                        raise
                    raise DataError(f"{error}; if the line is a comment, 'comment' says how those begin") from None
        return found

    def _ends(self, line: str, fields: list[str]) -> bool:
        column = self.entry.word_column
        document = DOCUMENT in (fields[0], *(fields[column : column + 1 or None]))
        self.faults["document"] += document
        empty = not line.strip(" \t")
        self.faults["white_space_in_empty_line"] += empty and line != ""
        return document or empty

    def _read(self, fields: list[str], number: int, sentence: _Sentence) -> None:
        self.first = self.first or (number, len(fields))
        if len(fields) != self.first[1]:
            counts = f"{_columns(len(fields))}, and line {self.first[0]} has {self.first[1]}"
            raise self._error(number, f"{counts}: give each word as many, or name the sign between by 'separator'")
        word = self._field(fields, "word_column", number)
        if not word:
            raise self._error(number, "the word is empty")
        sentence.words.append(word)
        if not self.labelled:
            return
        if len(fields) == 1:
            raise self._error(number, "one column, where a word and a tag are wanted; 'separator' names the sign between columns")
        tag = self._field(fields, "tag_column", number)
        if wrong := fault(tag):
            raise self._error(number, f"{wrong}; 'tag_column' names the column of tags")
        sentence.tags.append(tag)

    def _fields(self, line: str) -> list[str]:
        separator = self.entry.separator or ("\t" if "\t" in line else None)
        if separator is None:
            return re.split(" +", line.strip(" "))
        return [part.strip(" ") for part in line.split(separator)]

    def _field(self, fields: list[str], key: str, number: int) -> str:
        column = getattr(self.entry, key)
        if not -len(fields) <= column < len(fields):
            raise self._error(number, f"{_columns(len(fields))}, and '{key}' names column {column}, counted from 0")
        return fields[column]

    def _error(self, number: int, message: str) -> DataError:
        return DataError(f"{self.path}: line {number}: {message}")


def _columns(count: int) -> str:
    return f"{count} column{'s' * (count > 1)}"
