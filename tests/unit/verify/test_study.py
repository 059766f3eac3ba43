"""The documents that there have to be of a study."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml

from replite.config.load import load
from replite.config.public import public
from replite.config.shared import rebuilt
from replite.verify.study import Study

TINY = Path(__file__).parents[2] / "workflow/tiny.yaml"
OPERATORS = ["report/tiny/operators.json", "measure/first/generated/bert/int8/operators.json"]


def study(devices: dict[str, Any]) -> Study:
    """One of a file on each device, whose operators were profiled."""
    configuration = yaml.safe_load(TINY.read_text()) | {"devices": devices}
    configuration["measure"]["profile_operators"] = True
    cells = [SimpleNamespace(dataset="generated", model="bert", variant="int8", device=device) for device in devices]
    provenance: Any = SimpleNamespace(cells=cells, models=[])
    return Study(Path("results"), "tiny", provenance, rebuilt(configuration))


@pytest.mark.parametrize(
    ("first", "wanted"),
    [({"simulated": {"cpus": 1}}, OPERATORS), ({"simulated": {"processor": "cortex-a72"}}, [])],
)
def test_operators_are_wanted_of_devices_that_are_not_emulated(first: dict[str, Any], wanted: list[str]) -> None:
    assert [name for name in study({"first": first}).documents() if name.endswith("operators.json")] == wanted


def test_of_two_devices_one_may_be_emulated() -> None:
    both = study({"first": {"simulated": {"cpus": 1}}, "second": {"simulated": {"processor": "cortex-a72"}}})
    assert [name for name in both.documents() if name.endswith("operators.json")] == OPERATORS


def test_a_configuration_without_hosts_and_paths_can_be_read_again() -> None:
    shared = yaml.safe_load(TINY.read_text())
    shared["datasets"]["own"] = {"reader": "table", "train": None}
    shared["devices"]["board"] = {"description": "A board"}
    config = rebuilt(shared)
    assert config.devices["board"].ssh == "left-out"
    assert set(config.datasets) == {"generated", "own"}


@pytest.mark.parametrize("file", sorted((TINY.parents[2] / "config").glob("*.yaml")), ids=lambda file: file.stem)
def test_each_shipped_configuration_can_be_shared_and_read_again(file: Path) -> None:
    shared = public(load(file))
    assert public(rebuilt(shared)) == shared


@pytest.mark.parametrize("keys", [{"quotes": "none"}, {"separator": ";"}, {"columns": ["text", "label"]}, {"encoding": "cp1252"}])
def test_keys_of_delimited_files_are_read_again(keys: dict[str, Any]) -> None:
    configuration = yaml.safe_load(TINY.read_text())
    configuration["datasets"]["own"] = {"reader": "table", "train": "mine.csv", **keys}
    shared = public(load(configuration))
    assert public(rebuilt(shared)) == shared
