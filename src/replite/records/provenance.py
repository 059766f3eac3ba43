"""The record of where a report comes from: docs/provenance.md is generated from this module."""

from typing import Any

from pydantic import AwareDatetime

from replite.records.measure import Verdict
from replite.records.record import Document, Record


class Software(Record):
    """RepLite, as it was when this file was written."""

    version: str
    """RepLite's version."""
    commit: str | None
    """The commit of its checkout; null where it is no Git repository."""
    modified: bool | None
    """Whether tracked files differed from that commit; null likewise."""


class Period(Record):
    """The time of measurements, by the clock of the machine that ran the workflow, in UTC."""

    first: AwareDatetime
    """When the first run on a device began."""
    last: AwareDatetime
    """When the last one did."""


class DatasetSource(Record):
    """A data set."""

    dataset: str
    """Its name."""
    reader: str
    """The reader that read it."""
    task: str
    """Its task."""
    origin: str | None
    """Where it comes from, as the configuration's `origin` says."""
    terms: str | None
    """The terms of its use, as the configuration's `terms` says."""
    splits: dict[str, str]
    """SHA-256 of each split's Parquet file (`data/<dataset>/<split>.parquet`)."""


class ModelSource(Record):
    """A model on a data set."""

    dataset: str
    """The data set."""
    model: str
    """The model's name."""
    started_from: str | None
    """The checkpoint, by its name in the model hub, a package or the configuration; null for a model trained from nothing, and
    for one that started from a folder."""
    license: str | None
    """The checkpoint's licence; null where no file was exported."""
    origin: str | None
    """Where the checkpoint comes from, as the configuration's `origin` says, its own or that of the model it started from."""
    terms: str | None
    """The terms of its use, as the configuration's `terms` says, likewise."""
    seeds: list[int]
    """Of its training runs; the first is the one that was exported."""
    checkpoint: dict[str, str]
    """SHA-256 of the files of the fine-tuned checkpoint that was exported (`train/<dataset>/<model>/checkpoint/`)."""
    packages: dict[str, str]
    """Versions of the packages that trained it."""


class FileSource(Record):
    """An exported file."""

    dataset: str
    """The data set."""
    model: str
    """The model."""
    variant: str
    """The variant."""
    sha256: str
    """SHA-256 of `export/<dataset>/<model>/<variant>/model.tflite`."""
    packages: dict[str, str]
    """Versions of the packages that made it."""


class CellSource(Record):
    """A measured cell."""

    dataset: str
    """The data set."""
    model: str
    """The model."""
    variant: str
    """The variant."""
    device: str
    """The device, by its name in the configuration."""
    verdict: Verdict
    """Whether it counts."""
    measured: Period | None
    """When its repeats began; null if none ran."""
    samples_sha256: str | None
    """SHA-256 of its samples, `measure/<device>/<dataset>/<model>/<variant>.csv`."""
    packages: dict[str, str]
    """Versions on the device: Python, numpy, the C library, the runtime."""


class Provenance(Document):
    """Where a report comes from: what was measured, of what, with what and when. It names no host, user or path.

    `identity.inputs` are the records that it was made from; each names the files that it was made from in turn, up to the
    sources.
    """

    replite: Software
    """The code."""
    command: str
    """The command that makes the same, given `configuration` as a file, with hosts and paths put where they are left out; without
    options that change no result."""
    measured: Period | None
    """When the cells were measured; null if none was."""
    seed: int
    """Seed of every draw; training runs count on from it."""
    rules: dict[str, Any]
    """The limits that decided the cells' verdicts: keys of `measure`."""
    configuration: dict[str, Any]
    """The configuration that the run had, defaults included, but for hosts, users, ports and paths."""
    datasets: list[DatasetSource]
    """The data sets."""
    models: list[ModelSource]
    """The models."""
    files: list[FileSource]
    """The exported files."""
    cells: list[CellSource]
    """The measured cells."""
    tables: dict[str, str]
    """SHA-256 of benchmark.csv, models.csv and, of several draws, draws.csv beside it."""
