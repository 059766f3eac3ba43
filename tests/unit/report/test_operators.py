"""operators.csv and the page's part about it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from replite.records.measure import Operators
from replite.records.record import Made, RecordError
from replite.report.inputs import CellKey
from replite.report.operators import MEANINGS, SHOWN, read_operators, write_operators
from tests.unit.report.results import Results
from tests.unit.report.test_page import BAD, GOOD, Page, figures, report

__all__ = ["figures"]
PROFILE = {"length": 24, "rounds": 40, "whole_ms": 2.0, "profiled_ms": 2.5, "engine": {}}


def add(results: Results, key: CellKey, operators: int = 0, share: float = 0.05, **changes: Any) -> Path:
    """The record of a cell's operators, of which there are so many kinds."""
    path = results.record_path(key).with_suffix("") / "operators.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    times = [
        {"operator": f"Add {place}", "shapes": "", "count": 2, "ms": share * 2.5, "share": share} for place in range(operators)
    ]
    found = (PROFILE | {"explained": operators * share}) if operators else {}
    document = {**key._asdict(), "simulated": False, "operators": times} | found | changes
    Operators.model_validate(document).write(path)
    return path


def table(results: Results, *keys: CellKey) -> pd.DataFrame:
    path = results.root / "operators.csv"
    write_operators(path, results.inputs(*keys).operators)
    Made.seal(path)
    return read_operators(path)


def test_the_table_has_a_row_for_each_operator_and_one_for_a_file_without(results: Results) -> None:
    add(results, GOOD, operators=2)
    add(results, BAD, reason="the runtime has no profiler")
    found = table(results, GOOD, BAD, CellKey("tweets", "tiny", "int4", "pi"))
    assert list(found) == list(MEANINGS)
    assert found[["variant", "operator", "share"]].fillna("").to_numpy().tolist() == [
        ["int8", "Add 0", 0.05], ["int8", "Add 1", 0.05], ["fp32", "", ""],
    ]  # fmt: skip
    assert found["reason"].to_list() == ["", "", "the runtime has no profiler"]


def test_a_table_that_was_changed_is_not_read(results: Results) -> None:
    add(results, GOOD, operators=2)
    table(results, GOOD)
    path = results.root / "operators.csv"
    path.write_text(path.read_text().replace("0.05", "0.06"))
    with pytest.raises(RecordError, match="changed after it was made"):
        read_operators(path)


def page(results: Results, figures: Path, **operators: Any) -> Page:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    results.add_card("tweets")
    add(results, GOOD, **operators)
    return Page(report(results, figures, GOOD, operators=table(results, GOOD)))


def test_the_page_shows_what_the_answer_is_made_of(results: Results, figures: Path) -> None:
    text = " ".join(page(results, figures, operators=SHOWN + 3).text.split())
    assert "What an inference is made of" in text
    assert "tiny int8 on pi: Add 0 0.050" in text
    assert f"Add {SHOWN - 1}–20.1250.050 others–6–0.150" in text
    assert "Explained: 0.750 of the profiled inference of 2.500 ms; one that is not profiled took 2.000 ms" in text
    assert "say little" not in text


def test_shares_of_operators_that_are_too_short_are_marked(results: Results, figures: Path) -> None:
    assert "too short for a clock of whole microseconds" in page(results, figures, operators=2).text


def test_the_page_says_why_operators_are_not_known_and_escapes_it(results: Results, figures: Path) -> None:
    found = page(results, figures, reason="<script>alert(1)</script>")
    assert "tiny int8 on pi: not known: <script>alert(1)</script>" in " ".join(found.text.split())
    assert found.tags.count("script") == page(results, figures, reason="no profiler").tags.count("script")


def test_a_page_without_profiles_says_nothing_of_them(results: Results, figures: Path) -> None:
    results.add(GOOD)
    results.add_training("tweets", "tiny")
    results.add_card("tweets")
    assert "What an inference is made of" not in report(results, figures, GOOD)
