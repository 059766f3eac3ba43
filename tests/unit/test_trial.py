"""The keys of `snakemake try`, and the configuration that they stand for."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from replite.config.load import ConfigError, is_trial, load_trial
from replite.config.trial import Trial
from replite.config.whole import Config
from replite.data.readers.generated import GeneratedDataset
from replite.data.readers.table import TableDataset

GROUPS = ("datasets", "models", "devices")


@pytest.fixture
def checkpoint(tmp_path: Path) -> Path:
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    return folder


def names(config: Config) -> tuple[str, ...]:
    """The only data set, model and device."""
    return tuple(name for group in GROUPS for name in getattr(config, group))


def test_a_checkpoint_alone_is_tried_on_made_up_texts_without_labels_and_on_this_machine() -> None:
    config = load_trial({"model": "owner/name"})
    dataset, model, device = (getattr(config, group)[name] for group, name in zip(GROUPS, names(config), strict=True))
    assert isinstance(dataset, GeneratedDataset)
    assert not dataset.labelled
    assert (model.checkpoint, model.trained, model.input) == ("owner/name", True, "text")
    assert device.simulated is not None
    assert list(config.variants) == ["fp32", "fp16", "int8"]
    assert config.export.minimum_agreement == 0


def test_a_table_a_device_and_rules_of_measuring_are_taken_as_the_command_line_gives_them(tmp_path: Path) -> None:
    table = tmp_path / "reviews.csv"
    table.write_text("text,label\n")
    keys = {"table": str(table), "label_column": "stars", "device": "pi4", "threads": 4}
    config = load_trial({"model": "owner/name", **keys, "measure": {"tweets": "50", "pause_seconds": "1"}})
    [dataset], [device] = config.datasets.values(), config.devices.values()
    assert isinstance(dataset, TableDataset)
    assert (dataset.label_column, dataset.labels, dataset.max_test) == ("stars", None, 50)
    assert (device.ssh, device.threads, config.measure.pause_seconds) == ("pi4", 4, 1)
    assert load_trial({"model": "x", "measure": {"repeats": 2}}).measure.tweets == load_trial({"model": "x"}).measure.tweets


def test_everything_is_named_after_what_decides_it(checkpoint: Path) -> None:
    def named(**keys: Any) -> tuple[str, ...]:
        return names(load_trial({"model": str(checkpoint), **keys}))

    dataset, model, device = named()
    assert named() == (dataset, model, device)
    assert named(device="pi4")[:2] == (dataset, model)
    assert named(max_length=32)[1] != model
    assert named(device="pi4", threads=2)[2] != named(device="pi4")[2]
    assert named(measure={"pause_seconds": 5})[:2] == (dataset, model)
    assert named(measure={"pause_seconds": 5})[2] != device
    os.utime(checkpoint / "config.json", (0, 0))
    assert named()[1] != model


def test_files_and_reports_name_no_host_or_user() -> None:
    config = load_trial({"model": "owner/name", "device": "alice@attic"})
    [(name, device)] = config.devices.items()
    told = f"{config.report.name} {list(config.variants)} {name} {device.description}"
    assert not [word for word in ("alice", "attic") if word in told]
    assert load_trial({"model": "owner/name", "device": "bob@attic"}).report.name != config.report.name


def test_names_hold_what_folders_may_be_called() -> None:
    assert load_trial({"model": "package:a_b/" + "x y/" * 40 + "z", "device": "me@[::1]:22"})
    assert load_trial({"model": "ünï/日本"})


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ({"modle": "x"}, "--config: unknown key 'modle'; did you mean 'model'?"),
        ({"modle": "x"}, "--config: key 'model' is missing; docs/texts.md says what it means"),
        ({"model": "./nowhere"}, "--config: key 'model': ./nowhere: there is no such folder; give that of a checkpoint"),
        ({"model": "model:bert"}, "--config: key 'model': 'model:bert' is a model of a configuration; give a checkpoint"),
        ({"model": "x", "table": "nowhere.csv"}, "--config: key 'table': nowhere.csv: there is no such file; give a table"),
        ({"model": ""}, "--config: key 'model': it is empty; give a checkpoint: a folder, a hub name or package:..."),
        ({"model": "x/" * 5000}, "--config: key 'model': x/x/"),
        ({"model": "x", "table": "x" * 5000}, "--config: key 'table': xxx"),
        ({"model": "x", "labels": {"A": "b", "B": "b"}}, "--config: top level: 'labels' gives 'b' to several"),
        ({"model": "x", "device": "-o"}, "--config: key 'device': '-o' is no host"),
        (
            {"model": "x", "measure": {"pause_secs": 1}},
            "--config: unknown key 'measure.pause_secs'; did you mean 'pause_seconds'?",
        ),
    ],
)
def test_a_mistake_is_one_line_that_names_the_key_and_the_fix(keys: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load_trial(keys)
    assert any(line.startswith(message) for line in str(caught.value).split("\n"))


def test_a_folder_may_be_called_as_the_prefix_of_a_configurations_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("model").mkdir()
    [model] = load_trial({"model": "model"}).models.values()
    assert (model.checkpoint, model.start) == ("model", None)


def test_keys_of_a_configuration_are_no_trial() -> None:
    assert not is_trial({})
    assert not is_trial({"seed": 3, "measure": {"tweets": 5}})
    assert is_trial({"model": "x", "measure": {"tweets": 5}})
    assert is_trial({"modle": "x"})


def test_no_configuration_says_that_its_texts_have_no_labels() -> None:
    content = Trial(model="x").configuration().model_dump()
    with pytest.raises(ValueError, match=r"key 'datasets\..*\.labelled': the workflow alone says it; take it out"):
        Config.model_validate(content)
