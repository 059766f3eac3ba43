from __future__ import annotations

from pathlib import Path

import pytest

from replite.config.quantizations import QUANTIZATIONS
from replite.config.whole import Config
from replite.config_docs import OutdatedError, check, render
from replite.device.runtimes import RUNTIMES

README = Path(__file__).parents[2] / "config/README.md"


def section(title: str) -> str:
    return render().split(f"## {title}\n", 1)[1].split("\n## ", 1)[0]


def test_the_committed_documentation_is_up_to_date() -> None:
    check(README)


def test_a_file_that_says_something_else_is_refused(tmp_path: Path) -> None:
    outdated = tmp_path / "README.md"
    outdated.write_text(render() + "more\n")
    with pytest.raises(OutdatedError, match=r"README\.md: out of date; write it again: python -m replite\.config_docs"):
        check(outdated)


def test_every_group_of_keys_has_its_section() -> None:
    for title in (
        "`datasets.<name>` with `reader: table`",
        "`devices.<name>.simulated`",
        "`report.budgets.<name>`",
        "`cleaning`",
    ):
        assert "| key | value | default | meaning |" in section(title)


def test_every_key_of_the_top_level_has_a_meaning() -> None:
    rows = [line for line in section("Top level").splitlines() if line.startswith("| `")]
    assert [row.split("`")[1] for row in rows] == list(Config.model_fields)
    assert not [row for row in rows if row.endswith("|  |")]


def test_a_row_tells_value_default_and_meaning() -> None:
    assert "| `max_length` | whole number (at least 8, at most 512) | `64` | Word pieces the model sees" in section(
        "`models.<name>`"
    )
    assert "| `ssh` | text or `null` | `null` |" in section("`devices.<name>`")
    assert "| `train` | text | *required* |" in section("`datasets.<name>` with `reader: table`")
    assert "| `label_map` | values, each with text or `null` | `{}` |" in section("`datasets.<name>` with `reader: table`")


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
        assert (README.parent / "../envs" / runtime.requirements).is_file()
