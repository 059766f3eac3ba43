"""A configuration as others may read it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from replite.config.load import load
from replite.config.public import NAMED, PRIVATE, public
from replite.config.whole import Config
from tests.unit.test_config import MINIMAL

ROOT = Path(__file__).parents[2]
REVIEWED = {
    "amperes_column", "class_weights", "columns", "comment", "conflicting_labels", "description", "embeddings",
    "empty_labels", "encoding", "encoding_errors", "id_column", "input", "label_column", "label_columns", "label_map",
    "label_separator", "labels", "language",
    "leaked_test", "license", "model_type", "near_duplicates", "only", "origin", "plan_models", "pooling", "precision", "prefer",
    "processor", "profile", "quantization", "quotes", "rails", "reader", "repeated_text", "revision",
    "runtime", "runtimes", "separator", "server", "studies", "subset", "task",
    "teacher", "terms", "test_split", "thresholds", "together", "text_column", "time_column", "title", "topic_column",
    "train_split", "unlabelled_split", "validation_split", "volts_column", "watts_column",
}  # fmt: skip
"""Keys that hold text and may be read by anybody. Whoever adds a key decides whether it stands here or in `PRIVATE`."""
BOARD = {"ssh": "secret-alias", "user": "mallory", "port": 2222, "jump": "gateway", "python": "/home/mallory/python"}
BOARD |= {"folder": "/srv/mallory", "energy": {"meter": "/home/mallory/meter.csv", "rails": None}, "description": "A board"}


def texts(schema: Any, key: str = "") -> Iterator[str]:
    """The keys of a schema that may hold text."""
    if isinstance(schema, dict):
        if schema.get("type") == "string" or isinstance(schema.get("const"), str) or isinstance(schema.get("enum", [0])[0], str):
            yield key
        for name, part in schema.items():
            if name in ("properties", "$defs"):
                for inner, value in part.items():
                    yield from texts(value, inner)
            elif name in ("anyOf", "items", "additionalProperties"):
                yield from texts(part, key)
    elif isinstance(schema, list):
        for part in schema:
            yield from texts(part, key)


def test_every_key_that_holds_text_is_known_to_be_private_or_not() -> None:
    found = set(texts(Config.model_json_schema()))
    assert found - PRIVATE - NAMED == REVIEWED


def test_hosts_users_ports_and_paths_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "checkpoint").mkdir()
    raw = MINIMAL | {
        "devices": {"board": BOARD},
        "datasets": {
            "labels": {
                "reader": "table",
                "train": "/home/mallory/train.csv",
                "unlabelled": "more.csv",
                "label_names": "names.txt",
            },
            "commands": {"reader": "huric", "path": "/home/mallory/huric"},
        },
        "models": {
            "local": {"checkpoint": str(tmp_path / "checkpoint"), "vocabulary": {"corpus": "corpus.txt"}},
            "hub": {"checkpoint": "google/bert", "origin": "Devlin et al., 2019"},
        },
        "baseline": "/home/mallory/old",
    }
    found = public(load(raw))
    text = json.dumps(found)
    for secret in ("mallory", "secret-alias", "gateway", "2222", "more.csv", "names.txt", "corpus.txt", str(tmp_path)):
        assert secret not in text
    assert found["devices"]["board"]["description"] == "A board"
    assert found["models"]["hub"]["checkpoint"] == "google/bert"
    assert found["models"]["hub"]["origin"] == "Devlin et al., 2019"
    assert "checkpoint" not in found["models"]["local"]


@pytest.mark.parametrize(
    ("checkpoint", "shown"),
    [
        ("bert-base-uncased", True),
        ("google/bert", True),
        ("package:minilm/model", True),
        ("package:minilm//home/mallory/bert", False),
        ("package:minilm/../../home/mallory/bert", False),
        ("../bert", False),
        ("~/bert", False),
        ("a/b/c", False),
        ("tests", False),
    ],
)
def test_a_checkpoint_is_shown_unless_it_is_a_path(checkpoint: str, shown: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    found = public(load(MINIMAL | {"models": {"small": {"checkpoint": checkpoint}}}))
    assert ("checkpoint" in found["models"]["small"]) == shown


def test_labels_are_shown_whatever_they_are_called() -> None:
    called = {"user": "test", "port": "name"}
    raw = MINIMAL | {
        "datasets": {"mine": {"reader": "table", "train": "a.csv", "labels": [*called], "label_map": {"name": "user"}}},
        "models": {"small": {"checkpoint": "google/bert", "trained": True, "labels": called}},
        "report": {"budgets": {"name": {"recall": {"user": 0.5}}}},
    }
    found = public(load(raw))
    assert found["models"]["small"]["labels"] == called
    assert found["datasets"]["mine"]["label_map"] == {"name": "user"}
    assert found["report"]["budgets"]["name"]["recall"] == {"user": 0.5}


def test_what_takes_no_part_is_left_out_but_for_what_models_need() -> None:
    raw = MINIMAL | {
        "datasets": MINIMAL["datasets"] | {name: {"reader": "generated", "enabled": False} for name in ("first", "other")},
        "models": {
            "base": MINIMAL["models"]["small"] | {"enabled": False},
            "small": {"checkpoint": "model:first/base"},
            "spare": {"checkpoint": "bert", "enabled": False},
        },
        "devices": MINIMAL["devices"] | {"private-board": {"ssh": "x", "enabled": False}},
    }
    found = public(load(raw))
    assert {key: [*found[key]] for key in ("datasets", "models", "devices")} == {
        "datasets": ["tweets", "first"], "models": ["base", "small"], "devices": ["here"],
    }  # fmt: skip


@pytest.mark.parametrize("path", sorted((ROOT / "config").glob("*.yaml")), ids=lambda path: path.name)
def test_nothing_of_how_devices_are_reached_is_shown_of_a_shipped_configuration(path: Path) -> None:
    found = public(load(path))
    assert found["measure"] == load(path).measure.model_dump(mode="json")
    assert not {"ssh", "folder", "python"} & {key for device in found["devices"].values() for key in device}
