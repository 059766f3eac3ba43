"""A checkpoint that is only tried: the keys of `snakemake try`, and the whole configuration that they stand for.

Everything in it is named after what decides it, so that no results of another configuration are touched, and what two trials
have in common is made once.
"""

import os
import re
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, field_validator

from replite import handover
from replite.config.destination import Destination
from replite.config.entry import Entry, Label
from replite.config.measure import Device, Measure
from replite.config.report import Report
from replite.config.train import Model
from replite.config.whole import Config

VARIANTS = {"fp32": "fp32", "fp16": "fp16", "int8": "dynamic_int8"}
"""Quantizations by the names of the variants."""
THIS_MACHINE = "this machine, simulated as a device: how the files compare, not how fast a board is"
ANOTHER_MACHINE = "a device reached by SSH"
MEMORY_MB = 16_000
"""Of this machine as a device: no limit that a small model meets."""
TEXTS = 400
"""English tweets that are made up for each split, roughly: enough for a 95th percentile and for a share in steps of 0.0025."""
MOST_TEXTS = 1000
"""Texts of a table that choose the files' lengths and that the files are checked with."""


class Trial(Entry):
    """The keys that follow `--config`."""

    model: str
    """A checkpoint that is fine-tuned already: a folder, a hub name, or `package:<name>/<folder>`."""
    device: str | None = None
    """Host name, address or alias of your ssh config; without it, this machine simulated as a device."""
    threads: Annotated[int, Field(ge=1)] = 1
    """Threads the runtime may use there."""
    max_length: Annotated[int, Field(ge=8, le=512)] = 64
    """Word pieces the model sees."""
    labels: dict[Label, Label] = {}
    """The table's labels by the checkpoint's where these are called otherwise, as `models.<name>.labels`."""
    table: str | None = None
    """A file of labelled texts; without it, made-up tweets without labels."""
    text_column: str = "text"
    """Its column of texts."""
    label_column: str = "label"
    """Its column of labels."""
    measure: Measure = Measure(tweets=TEXTS)
    """As the configuration's key of this name."""

    @field_validator("model")
    @classmethod
    def _checkpoint_that_is_there(cls, model: str) -> str:
        if not model:
            raise ValueError("it is empty; give a checkpoint: a folder, a hub name or package:...")
        if model.startswith("model:"):
            raise ValueError(f"'{model}' is a model of a configuration; give a checkpoint: a folder, a hub name or package:...")
        if re.match(r"[./~]|[^/]*/[^/]*/", model.partition(":")[0]) and not os.path.isdir(model):
            raise ValueError(f"{model}: there is no such folder; give that of a checkpoint, a hub name or package:...")
        return model

    @field_validator("table")
    @classmethod
    def _file_that_is_there(cls, table: str | None) -> str | None:
        if table is not None and not os.path.isfile(table):
            raise ValueError(f"{table}: there is no such file; give a table of texts and labels")
        return table

    @field_validator("measure", mode="before")
    @classmethod
    def _as_many_texts(cls, measure: Any) -> Any:
        return {"tweets": TEXTS} | measure if isinstance(measure, dict) else measure

    @field_validator("device")
    @classmethod
    def _host(cls, device: str | None) -> str | None:
        if device is not None:
            Destination.parse(device)
        return device

    def configuration(self) -> Config:
        """The configuration that measures the checkpoint."""
        dataset, model, device = self._dataset(), self._model(), self._device()
        where = "ssh" if self.device else "this-machine"  # no host or user stands in names of files
        name = _named(f"{Path(self.model).name}-on-{where}", [dataset, model, device, self.measure, self._state()])
        config = Config.model_validate(
            {
                "datasets": {_named(Path(self.table or "made-up").stem, dataset): dataset},
                "models": {_named(Path(self.model).name, [model, self._state()]): model},
                "variants": {name: {"quantization": quantization} for name, quantization in VARIANTS.items()},
                # The agreement is what is to be shown, however low it is.
                "export": {"minimum_agreement": 0},
                "devices": {_named(where, [device, self.measure]): device},
                "measure": self.measure,
                "report": Report(name=name),
            }
        )
        return config if self.table else _without_labels(config)

    def _dataset(self) -> dict[str, Any]:
        """A table is its own test split, and the texts that choose the lengths and check the files are drawn from it too: nothing
        is learnt from them."""
        if self.table is None:
            return {"reader": "generated", "train_tweets_per_topic": 120, "test_tweets_per_topic": 60, "validation_fraction": 0.5}
        files = {"train": self.table, "test": self.table, "labels": None}
        columns = {"text_column": self.text_column, "label_column": self.label_column}
        sizes = {"max_train": MOST_TEXTS, "validation_fraction": 0.5, "max_test": self.measure.tweets}
        return {"reader": "table", **files, **columns, **sizes}

    def _model(self) -> Model:
        return Model(checkpoint=self.model, trained=True, labels=self.labels, input="text", max_length=self.max_length)

    def _device(self) -> Device:
        if self.device:
            return Device(ssh=self.device, threads=self.threads, description=ANOTHER_MACHINE)
        limits = {"cpus": self.threads, "memory_mb": MEMORY_MB}
        return Device.model_validate({"simulated": limits, "threads": self.threads, "description": THIS_MACHINE})

    def _state(self) -> list[tuple[str, int, int]]:
        """The files of a checkpoint in a folder, so that one that was saved anew is tried anew."""
        files = sorted(path for path in Path(self.model).glob("*") if path.is_file()) if os.path.isdir(self.model) else []
        return [(path.name, path.stat().st_size, path.stat().st_mtime_ns) for path in files]


def _named(stem: str, decided_by: Any) -> str:
    readable = re.sub(r"[^A-Za-z0-9]+", "-", stem).strip("-")[:40]
    return f"try-{readable}.{handover.digest(decided_by)[:8]}"


def _without_labels(config: Config) -> Config:
    datasets = {name: entry.model_copy(update={"labelled": False}) for name, entry in config.datasets.items()}
    return config.model_copy(update={"datasets": datasets})
