"""What the user put where a run writes is found before anything is removed, by whatever way it is named."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from replite.config.load import load
from replite.config.whole import Config
from replite.files.outputs import check_folders, check_named, existing
from replite.files.removal import RemovalError
from tests.unit.files.test_removal import filled

OUTPUT = "results/data/mine/train.parquet"


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def config(**changes: object) -> Config:
    tiny = yaml.safe_load(Path(__file__).parents[2].joinpath("workflow/tiny.yaml").read_text())
    return load(tiny | changes)


def table(train: str) -> Config:
    return config(datasets={"mine": {"reader": "table", "train": train}})


def linked(*, hard: bool = False) -> str:
    (os.link if hard else os.symlink)(Path(OUTPUT).absolute(), "link.parquet")
    return "link.parquet"


def through_a_folder() -> str:
    os.symlink("results/data", "elsewhere")
    return "elsewhere/mine/train.parquet"


def results_elsewhere() -> str:
    os.rename("results", "../disk")
    os.symlink("../disk", "results")
    return "../disk/data/mine/train.parquet"


SPELLINGS: dict[str, Callable[[], str]] = {
    "plain": lambda: OUTPUT,
    "dotted": lambda: "./results/../results/data//mine/train.parquet",
    "absolute": lambda: str(Path(OUTPUT).absolute()),
    "link": linked,
    "hard link": lambda: linked(hard=True),
    "folder link": through_a_folder,
    "results are a link": results_elsewhere,
}


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_source_that_is_an_output_is_named_with_its_key(spelling: str) -> None:
    filled(Path(), OUTPUT)
    source = SPELLINGS[spelling]()
    with pytest.raises(RemovalError, match=r"key 'datasets\.mine\.train': .*\S+ is results/data/mine/train\.parquet"):
        check_named(table(source), existing("results/data/{dataset,mine|other}/train.parquet"))


@pytest.mark.parametrize(
    ("key", "changes"),
    [
        ("datasets.hub.name", {"datasets": {"hub": {"reader": "hub", "name": "results/train/d/m"}}}),
        ("datasets.r.folder", {"datasets": {"r": {"reader": "replab2013", "folder": "results/train/d/m/checkpoint"}}}),
        ("datasets.c.path", {"datasets": {"c": {"reader": "huric", "path": "results/train/d/m/checkpoint"}}}),
        (
            "datasets.t.label_names",
            {"datasets": {"t": {"reader": "table", "train": "a.csv", "label_names": "results/train/d/m/checkpoint/mine.txt"}}},
        ),
        ("models.m.checkpoint", {"models": {"m": {"checkpoint": "results/train/d/m/checkpoint"}}}),
        ("models.m.checkpoint", {"models": {"m": {"checkpoint": "linking"}}}),
        (
            "models.m.vocabulary.corpus",
            {"models": {"m": {"checkpoint": "x", "vocabulary": {"corpus": "results/train/d/m/checkpoint/mine.txt"}}}},
        ),
        (
            "devices.d.energy.meter",
            {"devices": {"d": {"ssh": "d", "energy": {"meter": "results/train/d/m/checkpoint/mine.txt"}}}},
        ),
    ],
)  # fmt: skip
def test_whatever_the_configuration_names(key: str, changes: dict[str, object]) -> None:
    checkpoint = filled(Path("results/train/d/m/checkpoint"), "config.json", "mine.txt")
    filled(Path("linking"), "config.json").joinpath("model.h5").symlink_to((checkpoint / "mine.txt").absolute())
    with pytest.raises(RemovalError, match=key):
        check_named(config(**changes), existing("results/train/{dataset}/{model}/checkpoint"))


def test_files_elsewhere_and_missing_ones_are_no_matter() -> None:
    filled(Path(), OUTPUT, "mine.parquet", "results/mine.parquet", "results/data/mine/mine.parquet")
    outputs = existing("results/data/{dataset}/train.parquet")
    for source in ("mine.parquet", "results/mine.parquet", "results/data/mine/mine.parquet", "none.parquet"):
        check_named(table(source), outputs)


@pytest.mark.parametrize("foreign", ["thesis.tex", "config.json.bak", "deep/config.json", "model.safetensors", "a link"])
def test_a_folder_that_holds_something_else_is_refused(foreign: str) -> None:
    folder = filled(Path("results/train/d/m/checkpoint"), "config.json", "tf_model.h5", "thresholds.json", ".snakemake_timestamp")
    check_folders([str(folder)])
    folder.joinpath("a link").symlink_to("/etc") if foreign == "a link" else filled(folder, foreign)
    with pytest.raises(RemovalError, match=f"checkpoint/{foreign}: RepLite did not put that there"):
        check_folders([str(folder)])


def test_a_link_to_a_folder_is_removed_without_what_is_in_it() -> None:
    filled(Path("precious"), "thesis.tex")
    Path("checkpoint").symlink_to("precious")
    check_folders(["checkpoint"])
