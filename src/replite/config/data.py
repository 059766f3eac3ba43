"""Data sets, and what is taken out of a tweet."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator

from replite.config.entry import Entry
from replite.hints import did_you_mean


class _Dataset(Entry):
    enabled: bool = True
    """`false` leaves the data set out of the run."""
    validation_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.1
    """Share of the training tweets held out for validation, stratified by label, drawn by `seed`."""
    max_train: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many training tweets (those held out for validation included), drawn by `seed`; `null` keeps all."""
    max_test: Annotated[int, Field(ge=1)] | None = None
    """Keep at most this many test tweets, drawn by `seed`; `null` keeps all."""
    leaked_test: Literal["keep", "drop"] = "keep"
    """`drop` leaves out test tweets whose text also stands, word for word, among the training or validation tweets."""


class _RepLabSelection(_Dataset):
    language: Literal["EN", "ES", "all"] = "EN"
    """The tweets' language, as the package's `language` column gives it."""
    near_duplicates: Literal["keep", "drop"] = "keep"
    """`drop` leaves out tweets that the package marks as a near-duplicate of another."""
    official_subset: bool = False
    """`true` keeps only the test tweets of the organisers' official subset."""


class RepLab2013Dataset(_RepLabSelection):
    """The RepLab 2013 package as its organisers distribute it, with the tweet texts their downloader writes."""

    reader: Literal["replab2013"]
    """Which reader reads the data set."""
    folder: str = "resources/replab2013"
    """The package's folder: the one that holds `entities/`, `training/` and `test/`."""


class GeneratedDataset(_RepLabSelection):
    """Made-up tweets, written in the RepLab 2013 package's layout and read by the same reader."""

    reader: Literal["generated"]
    """Which reader reads the data set."""
    entities: Annotated[int, Field(ge=2, le=40)] = 8
    """How many companies the tweets are about."""
    train_tweets_per_entity: Annotated[int, Field(ge=10)] = 600
    """Training tweets written for each company, before any is dropped."""
    test_tweets_per_entity: Annotated[int, Field(ge=5)] = 150
    """Test tweets written for each company, before any is dropped."""


class OwnTweets(_Dataset):
    """What a user's own tweets share, wherever they come from: named columns, labels, and what to do with repeated texts."""

    test_fraction: Annotated[float, Field(gt=0, lt=1)] = 0.2
    """Where there is no test file or split: share of the tweets set apart for it, stratified by label, drawn by `seed`; tweets
    that differ in nothing but case, punctuation, symbols, addresses and mentions stay on the same side."""
    text_column: str = "text"
    """The column that holds the tweet."""
    label_column: str = "label"
    """The column that holds the label."""
    entity_column: str | None = None
    """The column that names the company the tweet is about; `null` if there is none."""
    id_column: str | None = None
    """The column that holds the tweet's id; `null` takes `tweet_id`, if there is one, or else the row's number."""
    label_map: dict[str, str | None] = {}
    """What the values of the label column mean, where they are not the labels themselves: `"4": POSITIVE`; `spam: null` leaves
    such tweets out."""
    repeated_text: Literal["keep", "drop"] = "drop"
    """Tweets about one entity whose text and label an earlier one of the same file or split has: `drop` leaves them out, `keep`
    only counts them in the card."""
    conflicting_labels: Literal["keep", "drop"] = "keep"
    """Tweets about one entity with the same text and different labels in the same file or split: `drop` leaves all of them
    out, since none says which is right; `keep` only counts them in the card."""

    @field_validator("label_map", mode="before")
    @classmethod
    def _values_as_text(cls, label_map: Any) -> Any:
        """YAML reads 0 as a number and yes as a truth value; a table's values are text."""
        if not isinstance(label_map, dict):
            return label_map
        if any(isinstance(value, bool) for value in label_map):
            raise ValueError("YAML takes yes, no, on, off, true and false for truth values: put quotes around them")
        return {str(value): label for value, label in label_map.items()}

    @field_validator("labels", check_fields=False)
    @classmethod
    def _labels_once(cls, labels: list[str] | None) -> list[str] | None:
        if labels and len(set(labels)) < len(labels):
            raise ValueError("list each label once")
        return labels

    def _check_label_map(self, labels: list[str]) -> None:
        for value, label in self.label_map.items():
            if label is not None and label not in labels:
                hint = f"{did_you_mean(label, labels)}'labels' holds: {', '.join(labels)}"
                raise ValueError(f"'label_map' makes {value!r} the unknown label {label!r}; {hint}")


class TableDataset(OwnTweets):
    """Your own tweets: CSV, TSV, JSON Lines or Parquet files with named columns."""

    reader: Literal["table"]
    """Which reader reads the data set."""
    train: str
    """The file with the training tweets (`.csv`, `.tsv`, `.jsonl` or `.parquet`)."""
    validation: str | None = None
    """The file with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test: str | None = None
    """The file with the test tweets; `null` sets apart `test_fraction` of `train`."""
    unlabelled: str | None = None
    """A file with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    encoding: str = "utf-8"
    """The files' encoding, by any name Python knows (`cp1252`, `utf-16`, ...); UTF-8 may begin with a byte-order mark."""
    labels: Annotated[list[str], Field(min_length=2)] = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
    """The labels that may occur, two or more, in the order in which reports show them."""

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str) -> str:
        try:
            "a".encode(encoding)
        except LookupError:
            raise ValueError("no text encoding that Python knows; utf-8, utf-16, cp1252 and cp1251 are some") from None
        return encoding

    @model_validator(mode="after")
    def _consistent(self) -> TableDataset:
        self._check_label_map(self.labels)
        return self


class HubDataset(OwnTweets):
    """A data set of the Hugging Face Hub, or a folder in its layout, loaded through the `datasets` library and its cache."""

    reader: Literal["hub"]
    """Which reader reads the data set."""
    name: str
    """Its name on the hub (`owner/name`), or a folder."""
    subset: str | None = None
    """Its subset (also called configuration); `null` takes the default one."""
    revision: str | None = None
    """The commit, tag or branch; `null` takes the newest, which may not be the same tomorrow."""
    train_split: str = "train"
    """The split with the training tweets."""
    validation_split: str | None = None
    """The split with the validation tweets; `null` holds out `validation_fraction` of the training tweets."""
    test_split: str | None = "test"
    """The split with the test tweets; `null` sets apart `test_fraction` of `train_split`."""
    unlabelled_split: str | None = None
    """A split with tweets without a label, for students whose `distillation` wants them; labels in it are not read."""
    labels: Annotated[list[str], Field(min_length=2)] | None = None
    """The labels that may occur, in the order in which reports show them; `null` takes the names of the label column, if it is
    a ClassLabel, through `label_map`."""

    @model_validator(mode="after")
    def _consistent(self) -> HubDataset:
        if self.labels is not None:
            self._check_label_map(self.labels)
        return self


Dataset = Annotated[RepLab2013Dataset | GeneratedDataset | TableDataset | HubDataset, Field(discriminator="reader")]


class Cleaning(Entry):
    """What is taken out of a tweet before it is tokenized, in training and on the devices alike."""

    enabled: bool = True
    """`false` gives the tweet to the tokenizer as it is."""
    urls: bool = True
    """Remove web addresses."""
    symbols: bool = True
    """Remove symbols: emoji, arrows, currency and mathematical signs (Unicode categories S and C)."""
    punctuation: bool = True
    """Remove punctuation (Unicode category P), hash and at signs included; the words stay."""
    spaces: bool = True
    """Make every run of white space, no-break spaces included, one space."""
