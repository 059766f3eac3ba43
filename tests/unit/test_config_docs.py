from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import pytest
import yaml

from replite.config.load import load
from replite.config.quantizations import QUANTIZATIONS
from replite.config.whole import Config
from replite.config_docs import DOCUMENTS, OutdatedError, render, require_current
from replite.device.runtimes import RUNTIMES
from replite.report.benchmark import COLUMNS

ROOT = Path(__file__).parents[2]
CONFIGURATIONS = sorted((ROOT / "config").glob("*.yaml"))


def section(title: str) -> str:
    return render().split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_committed_documents_are_up_to_date() -> None:
    require_current(ROOT)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_that_says_something_else_is_refused(tmp_path: Path, name: str) -> None:
    for document, text in DOCUMENTS.items():
        (tmp_path / document).parent.mkdir(exist_ok=True)
        (tmp_path / document).write_text(text() + ("more\n" if document == name else ""))
    with pytest.raises(OutdatedError, match=rf"^{tmp_path / name}: out of date; .*: python -m replite\.config_docs"):
        require_current(tmp_path)


def test_the_recommendation_says_what_its_lists_hold_and_names_the_keys_of_every_record() -> None:
    text = DOCUMENTS["docs/recommendation.md"]()
    assert "| `unlearned` | list of list of text, text, text |" in text
    assert "| `intervals` | values, each with list of number, number |" in text
    assert "stand `schema_version`, the number of the file's form, and `seal`" in text


def test_every_group_of_keys_has_its_section_and_an_example() -> None:
    for title in (
        "`datasets.<name>` with `reader: table`",
        "`devices.<name>.simulated`",
        "`report.budgets.<name>`",
        "`cleaning`",
    ):
        assert "| key | value | default | meaning |" in section(title)
    for text in render().split("\n## ")[2:]:
        assert ("```yaml" in text) or ("What these readers share" in text), text.splitlines()[0]


def test_every_key_of_the_top_level_has_a_meaning_the_required_ones_first() -> None:
    rows = [line for line in section("Top level").splitlines() if line.startswith("| `")]
    assert sorted(row.split("`")[1] for row in rows) == sorted(Config.model_fields)
    assert not [row for row in rows if row.endswith("|  |")]
    assert ["*required*" in row for row in rows] == [True] * 4 + [False] * (len(rows) - 4)


def test_what_readers_share_stands_once() -> None:
    for key in ("validation_fraction", "text_column", "near_duplicates", "patience"):
        assert render().count(f"| `{key}` |") == 1


def test_a_row_tells_value_default_and_meaning() -> None:
    assert "| `max_length` | whole number (at least 8, at most 512) | `64` | Word pieces the model sees" in section(
        "`models.<name>`"
    )
    assert "| `ssh` | text or `null` | `null` |" in section("`devices.<name>`")
    assert "| `train` | text | *required* |" in section("`datasets.<name>` with `reader: table`")


def test_every_runtime_and_quantization_has_its_row_of_facts() -> None:
    rows = section("`variants.<name>`").splitlines()
    assert (
        "| `weight_only_int8` | 8-bit, dequantized first | float32 | 8-bit | ai-edge-litert; per tensor also tflite-runtime |"
        in rows
    )
    assert [name for name in QUANTIZATIONS if sum(row.startswith(f"| `{name}` |") for row in rows) != 1] == []
    rows = section("`devices.<name>`").splitlines()
    for name, runtime in RUNTIMES.items():
        assert f"| `{name}` | {runtime} | [{runtime.requirements}](../envs/{runtime.requirements}) |" in rows
        assert (ROOT / "envs" / runtime.requirements).is_file()


def test_keys_of_own_tweets_stand_where_their_readers_share_them() -> None:
    shared = section("`datasets.<name>` with `reader: table` or `hub` or `conll` or `huric`")
    assert "| `label_map` | values, each with text or `null` | `{}` |" in shared


def test_every_column_of_the_table_is_explained() -> None:
    text = DOCUMENTS["docs/columns.md"]()
    assert not [column for column in COLUMNS if f"| `{column}` | " not in text]
    assert "|  |" not in text


@pytest.mark.parametrize("path", CONFIGURATIONS, ids=lambda path: path.name)
def test_a_shipped_configuration_is_one_and_names_the_schema_that_it_fits(path: Path) -> None:
    load(path)
    first, _, text = path.read_text().partition("\n")
    assert first == "# yaml-language-server: $schema=schema.json"
    assert not problems(yaml.safe_load(text))


def test_the_schema_refuses_what_the_workflow_refuses() -> None:
    config = yaml.safe_load((ROOT / "config/example.yaml").read_text())
    config["variants"]["int8"]["quantisation"] = "dynamic_int8"
    assert problems(config)


def problems(config: Any) -> list[str]:
    """What an editor would mark; it takes keys that YAML reads as numbers for text."""
    schema = json.loads((ROOT / "config/schema.json").read_text())
    as_json = json.loads(json.dumps(config))
    return [error.message for error in jsonschema.Draft202012Validator(schema).iter_errors(as_json)]
