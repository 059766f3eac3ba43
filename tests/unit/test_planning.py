"""A document's decision beside the configuration's."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from replite import handover
from replite.config.entry import Entry
from replite.config.load import load
from replite.config.measure import Measure
from replite.config.train import Model
from replite.data.readers import Dataset
from replite.records.record import Identity, Made, decided_otherwise
from replite.seeds import SeedSummary

ROOT = Path(__file__).parents[2]
CONFIGS = sorted(path.name for path in ROOT.glob("config/*.yaml"))


def test_another_decision_differs_and_the_same_one_does_not(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("")
    Made.seal(file, decision=[Measure(), 3])
    assert not decided_otherwise(tmp_path / "tweets.json", [Measure().model_dump(), 3])
    assert decided_otherwise(tmp_path / "tweets.json", [Measure(), 4])
    assert decided_otherwise(tmp_path / "tweets.json", [Measure(repeats=3), 3])


def test_a_decision_that_was_not_recorded_differs(tmp_path: Path) -> None:
    file = tmp_path / "tweets.csv"
    file.write_text("")
    Made.seal(file)
    assert decided_otherwise(tmp_path / "tweets.json", 0)


def test_it_is_found_before_however_many_inputs(tmp_path: Path) -> None:
    many = [tmp_path / f"{number}.csv" for number in range(50)]
    for path in many:
        path.write_text("")
    document = tmp_path / "seeds.json"
    identity = Identity.of(document, inputs=many, decision=[0], outputs=many)
    SeedSummary(dataset="a", model="b", task="c", seeds=[0], validation={}, test={}, identity=identity).write(document)
    assert (decided_otherwise(document, [0]), decided_otherwise(document, [1])) == (False, True)


@pytest.mark.parametrize("content", [None, "", "{", "[]", '{"decision": "0"}', "\x00\xff"])
def test_what_is_missing_or_no_document_is_left_to_its_readers(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "card.json").write_text(content)
    assert not decided_otherwise(tmp_path / "card.json", 0)


@pytest.mark.parametrize("name", CONFIGS)
def test_what_scripts_read_of_a_configuration_is_the_same_decision(name: str, tmp_path: Path) -> None:
    config = load(ROOT / "config" / name)
    entries: list[tuple[Entry, Any]] = [
        *((entry, Dataset) for entry in config.datasets.values()),
        *((entry, type(entry)) for group in (config.models, config.variants, config.devices) for entry in group.values()),
        *((entry, type(entry)) for entry in (config.cleaning, config.training, config.export, config.measure, config.report)),
    ]
    for entry, kind in entries:
        assert handover.digest(handover.read(kind, handover.write(entry, tmp_path))) == handover.digest(entry)


def test_keys_that_decide_nothing_are_left_out() -> None:
    model = Model(checkpoint="model:other", enabled=False, license="MIT", layers=2)
    assert model.without("enabled", "license", "no_such_key") == Model(checkpoint="model:other", layers=2)
