from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from matplotlib.image import imread

from replite.report.figures import cells, figures
from replite.report.figures.cells import MAX_CELLS
from replite.report.figures.files import write_figures
from replite.report.inputs import CellKey, ReportInputs
from replite.report.merge import merge, read_cells, read_manifests, read_valid_samples
from tests.unit.report.results import NOTHING, Results, batched_samples, grid, samples, spread

FIGURES = [kind for kind in figures([], sustained=False).values() if kind.section == "figures"]
NAMES = [kind.name for kind in FIGURES]


def draw(inputs: ReportInputs, folder: Path) -> dict[str, str]:
    """The SVG text of each figure."""
    benchmark = merge(inputs)
    samples = read_valid_samples(read_cells(inputs), read_manifests(inputs))
    write_figures(folder, FIGURES, replace(NOTHING, benchmark=benchmark, samples=samples))
    return {name: (folder / f"{name}.svg").read_text() for name in NAMES}


def test_every_figure_is_a_valid_svg_and_png(results: Results, tmp_path: Path) -> None:
    keys = grid(2, 1, ["fp32", "int8"], 2)
    for index, key in enumerate(keys):
        results.add(key, table=samples(median_ms=spread(index)))
    for name, svg in draw(results.inputs(*keys), tmp_path / "figures").items():
        assert ET.fromstring(svg).tag.endswith("svg")
        assert np.ptp(imread(tmp_path / "figures" / f"{name}.png")) > 0.5


def test_figures_of_an_earlier_run_go_and_nothing_else(results: Results, tmp_path: Path) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    for name in ("texts_gone.svg", "texts_gone.png", "mine.svg"):
        (tmp_path / name).write_text("")
    draw(results.inputs(key), tmp_path)
    assert {path.name for path in tmp_path.iterdir() if "texts" in path.name or "mine" in path.name} == {"mine.svg"}


def test_cells_that_are_not_valid_are_in_no_figure(results: Results, tmp_path: Path) -> None:
    good = CellKey("tweets", "good", "int8", "pi")
    bad = CellKey("tweets", "wrong", "int4", "broken")
    results.add(good)
    results.add(bad, verdict="mismatch", reason="another file")
    for svg in draw(results.inputs(good, bad), tmp_path / "figures").values():
        assert "good" in svg
        assert not any(name in svg for name in ("wrong", "int4", "broken"))


def test_without_a_valid_cell_the_figures_say_so(results: Results, tmp_path: Path) -> None:
    for svg in draw(results.inputs(CellKey("tweets", "tiny", "int8", "pi")), tmp_path / "figures").values():
        assert "Nothing was measured" in svg


def test_simulated_devices_are_marked(results: Results, tmp_path: Path) -> None:
    board, host = (CellKey("tweets", "tiny", "int8", device) for device in ("pi", "host"))
    results.add(board)
    results.add(host, simulated=True)
    svgs = draw(results.inputs(board, host), tmp_path / "figures")
    for name in ("latency_by_device", "memory"):
        assert "host (simulated)" in svgs[name]
        assert "pi (simulated)" not in svgs[name]


def test_files_that_take_several_tweets_at_once_are_not_in_the_figure_of_latencies(results: Results, tmp_path: Path) -> None:
    alone, batched = (CellKey("tweets", model, "int8", "pi") for model in ("alone", "together"))
    results.add(alone)
    results.add(batched, batch_size=4, table=batched_samples(4, batch_ms=100))
    svgs = draw(results.inputs(alone, batched), tmp_path / "figures")
    assert "together" in svgs["memory"]
    assert "alone" in svgs["latency_by_device"]
    assert "together" not in svgs["latency_by_device"]


def test_emulated_devices_are_in_no_figure_of_times_or_memory(results: Results, tmp_path: Path) -> None:
    board, emulated = (CellKey("tweets", model, "int8", model) for model in ("pi", "qemu"))
    results.add(board)
    results.add(emulated, simulated=True, emulated=True)
    svgs = draw(results.inputs(board, emulated), tmp_path / "figures")
    assert {name for name, svg in svgs.items() if "qemu" in svg} == {"scores_against_size"}
    svgs = draw(results.inputs(emulated), tmp_path / "figures")
    assert {name for name, svg in svgs.items() if "Nothing was measured" in svg} == {"latency_by_device", "memory"}


@pytest.mark.parametrize(("median_ms", "shown"), [(5.0, False), (900.0, True), (40_000.0, False)])
def test_the_line_of_one_tweet_per_second_is_drawn_where_it_is_near(
    results: Results, tmp_path: Path, median_ms: float, shown: bool
) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key, table=samples(median_ms=median_ms))
    assert ("1 text/s" in draw(results.inputs(key), tmp_path / "figures")["latency_by_device"]) == shown


def test_equal_results_give_equal_files(results: Results, tmp_path: Path) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    for folder in ("one", "two"):
        draw(results.inputs(key), tmp_path / folder)
    for path in (tmp_path / "one").iterdir():
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()


def test_a_device_with_very_many_cells_shows_the_lowest_and_says_so(results: Results) -> None:
    keys = grid(1, MAX_CELLS + 5, ["int8"], 1)
    for index, key in enumerate(keys):
        results.add(key, model_bytes=1_000_000 * (index + 1), table=samples(tweets=5, passes=1))
    inputs = results.inputs(*keys)
    figure = cells.memory(replace(NOTHING, benchmark=merge(inputs)))
    assert figure is not None
    [panel] = figure.axes
    assert panel.get_title(loc="left") + panel.get_title() == f"device-0, lowest {MAX_CELLS} of {MAX_CELLS + 5}"
    assert [label.get_text() for label in panel.get_yticklabels()] == [f"model-{i} int8" for i in range(MAX_CELLS)]


def test_planning_does_not_import_what_draws() -> None:
    code = "import sys, replite.report.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
