"""Documents of one run belong together."""

from __future__ import annotations

from pathlib import Path

import pytest

from replite.records.record import Identity, Made, RecordError, check_chain


def test_a_document_that_was_made_from_what_another_run_had_is_named(tmp_path: Path) -> None:
    split, card, cell = tmp_path / "data/test.parquet", tmp_path / "data/test.json", tmp_path / "measure/pi/fp32.json"

    def prepared(content: str) -> None:
        split.parent.mkdir(exist_ok=True)
        split.write_text(content)
        Made.seal(split)

    def check() -> None:
        check_chain({path: Made.read(path) for path in (card, cell)})

    prepared("these tweets")
    Made(identity=Identity.of(cell, inputs=[split, card, Path(__file__)])).write(cell)
    check()
    prepared("other tweets")
    with pytest.raises(RecordError, match=f"^{cell}: made from another {split} than is there now; remove it, and"):
        check()


def test_a_document_that_no_rule_makes_alone_says_how_to_get_it_back(tmp_path: Path) -> None:
    table = tmp_path / "benchmark.csv"
    table.write_text("")
    with pytest.raises(RecordError, match=r"benchmark\.json: there is no such file; remove what was made with it too, and"):
        Made.verify(table)
