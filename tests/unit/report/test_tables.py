"""The tables of a paper: what they show, and that what comes from outside is text in them."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from replite.printable import printable
from replite.records.recommendation import Answer, File, Recommendation
from replite.records.train import TrainMetrics
from replite.report import tables
from replite.report.inputs import CellKey
from replite.report.markdown import escaped
from replite.report.merge import merge
from replite.report.models import models
from replite.seeds import SeedSummary
from tests.unit.report.results import Results

PI, GONE, QEMU = (CellKey("tweets", "tiny_one", "int8", device) for device in ("pi", "gone", "qemu"))
HOSTILE = r"a_b % c & d \ e <img src=x> {f} $g$ # ~ ^ `h` *i* | [j](http://k)"


@pytest.fixture
def benchmark(results: Results) -> pd.DataFrame:
    """A valid cell of a board, one of an emulated device, and one that is missing."""
    results.add(PI)
    results.add(QEMU, simulated=True, emulated=True)
    return merge(results.inputs(PI, GONE, QEMU))


def test_cells_have_figures_with_intervals_and_units_or_a_verdict(benchmark: pd.DataFrame) -> None:
    valid, missing, emulated = tables.cells(benchmark).to_dict("records")
    row = benchmark.iloc[0]
    score = f"{row['macro_f1']:.3f} ({row['macro_f1_low']:.3f} to {row['macro_f1_high']:.3f})"
    assert (valid["Kind"], valid["Verdict"], valid["Macro-F1 (95 % interval)"]) == ("board", "valid", score)
    assert re.fullmatch(r"[\d.]+ \([\d.]+ to [\d.]+\)", valid["Latency p50, ms (95 % interval)"])
    assert (valid["File, MB"], valid["Peak memory, MB"]) == ("25", "105")
    assert (missing["Kind"], missing["Verdict"]) == ("not measured", "missing")
    assert {missing[head] for head in list(missing)[6:] if head != "File, MB"} == {"–"}
    assert (emulated["Kind"], emulated["Latency p50, ms (95 % interval)"], emulated["Peak memory, MB"]) == ("emulated", "–", "–")


def test_models_have_the_mean_of_their_runs_and_an_interval_of_three(results: Results) -> None:
    for name, others in (("once", []), ("thrice", [5, 6])):
        results.add_training("tweets", name, others=others)
    folders = [results.root / f"train/tweets/{name}" for name in ("once", "thrice")]
    shown = models(
        [TrainMetrics.read(folder / "metrics.json") for folder in folders],
        [SeedSummary.read(folder / "seeds.json") for folder in folders],
    )
    once, thrice = tables.models(shown).to_dict("records")
    assert (once["Runs"], once["fp32, MB"], once["Started from"]) == ("1", "96", "nothing")
    assert " to " not in once["Test Macro-F1 (95 % interval)"]
    of = shown[1].summary.test["macro_f1"]
    assert thrice["Test Macro-F1 (95 % interval)"] == f"{of.mean:.3f} ({of.low:.3f} to {of.high:.3f})"


def test_an_answer_has_its_limits_and_one_without_a_file_has_no_figures(benchmark: pd.DataFrame) -> None:
    file = File(
        model="tiny_one",
        variant="int8",
        figures={"macro_f1": 0.5, "latency_p50_ms": 40, "peak_rss_mb": 105, "score": 0.7},
        intervals={"macro_f1": (0.4, 0.6)},
    )
    asked = {"dataset": "tweets", "device": "pi", "simulated": False, "sentence": ""}
    chosen = [
        Answer(**asked, budget="fast", limits={"latency_p95_ms": 50, "score": 0.6}, kind="recommended", file=file),
        Answer(**asked, budget="any", limits={}, kind="nothing_learned", file=file),
    ]
    fast, other = tables.answers(Recommendation(level=0.05, prefer="fastest", answers=chosen, unlearned=[]), benchmark).to_dict(
        "records"
    )
    assert (fast["Run"], fast["Macro-F1 (95 % interval)"], fast["Peak memory, MB"]) == (
        "tiny_one int8",
        "0.500 (0.400 to 0.600)",
        "105",
    )
    assert "at most 50 ms" in fast["Limits"]
    assert "at least 0.6" in fast["Limits"]
    assert (other["Run"], other["Macro-F1 (95 % interval)"], other["Peak memory, MB"]) == ("none: nothing learned", "–", "–")


def test_text_from_outside_is_text_in_markdown() -> None:
    assert escaped("tiny-bert 1.5") == "tiny-bert 1.5"
    table = tables.to_markdown(pd.DataFrame({"Model": [HOSTILE]}))
    page = MarkdownIt("gfm-like", {"linkify": False}).render(table)
    [cell] = re.findall(r"<td>(.*?)</td>", page)
    assert not re.search(r"<\w", cell)
    assert cell == HOSTILE.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def test_text_from_outside_is_text_in_latex() -> None:
    text = tables.to_latex("cells", pd.DataFrame({"Model": [HOSTILE], "File, 95 %": ["1"]}))
    assert "\\toprule" in text
    assert "\\begin{tabular}{lr}" in text
    [row] = [line for line in text.splitlines() if line.startswith("a")]
    cell = row.removesuffix("& 1 \\\\")
    assert "a\\_b \\% c \\& d \\textbackslash " in cell
    assert not re.search(r"(?<!\\)[%&#_$]", cell)
    assert "File, 95 \\%" in text


@given(st.lists(st.text(max_size=12), min_size=1, max_size=4))
def test_whatever_stands_in_a_table_latex_can_read_it(names: list[str]) -> None:
    """Each environment ends, braces are in pairs, and each row has its cells: a TeX is not at hand."""
    text = tables.to_latex("cells", pd.DataFrame({"Model": names, "a & {b": names}).map(printable))
    assert re.findall(r"\\begin{([^}]*)}", text) == re.findall(r"\\end{([^}]*)}", text)[::-1] == ["table*", "tabular"]
    plain = re.sub(r"\\[\\{}&%$#_]", "", text)
    assert plain.count("{") == plain.count("}")
    assert not set("$#_") & set(plain.replace("tab:", ""))
    rows = text.split("\\toprule\n")[1].split("\\bottomrule")[0].replace("\\midrule\n", "").rstrip("\n").split("\n")
    assert [len(re.findall(r"(?<!\\)&", row)) for row in rows] == [1] * (1 + len(names))
    assert all(row.endswith(r" \\") for row in rows)


def test_the_tables_are_written_in_both_formats(benchmark: pd.DataFrame, tmp_path: Path) -> None:
    made = {"cells": tables.cells(benchmark.assign(model="sly\x1b[31m"))}
    tables.write_tables(tmp_path / "tables", made)
    for suffix in ("md", "tex"):
        text = (tmp_path / f"tables/cells.{suffix}").read_text()
        assert "\x1b" not in text
        assert "Latency p95, ms" in text
