from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes

from replite.records.measure import Cell, DeviceState, Window
from replite.report.figures import SUSTAINED_RUNS, sustained
from replite.report.figures.files import write_figures
from replite.report.inputs import CellKey
from replite.report.merge import merge
from tests.unit.report.results import NOTHING, Results

MIXED: dict[str, dict[str, str]] = {"good": {}, "hot": {"verdict": "throttled", "reason": "too hot"}}
"""Models of cells, and what is wrong with them."""
RATES = [40, 40, 30]


def windows(**state: Any) -> list[Window]:
    """Three of ten seconds each, the last one slower."""
    ends = [10.0, 20.0, 30.0]
    return [
        Window(tweets=10 * rate, seconds=10, state=DeviceState(seconds_since_start=end, **state))
        for rate, end in zip(RATES, ends, strict=True)
    ]


def cell(results: Results, device: str, *, model: str = "tiny", dataset: str = "tweets", **changes: Any) -> Cell:
    return Cell.read(results.add(CellKey(dataset, model, "int8", device), **changes))


def values(axes: Axes) -> list[list[float]]:
    """What each line of a panel shows."""
    return [np.asarray(line.get_ydata()).tolist() for line in axes.lines]


def svg(cells: list[Cell], folder: Path) -> str:
    write_figures(folder, [SUSTAINED_RUNS], replace(NOTHING, cells=cells))
    return (folder / "sustained_runs.svg").read_text()


def panels(cells: list[Cell]) -> list[Axes]:
    figure = sustained.draw(replace(NOTHING, cells=cells))
    assert figure is not None
    return figure.axes


def test_a_device_has_a_panel_with_a_line_for_each_file(results: Results) -> None:
    [panel] = panels([cell(results, "pi", model=model, sustained=windows()) for model in ("tiny", "small")])
    assert panel.get_title(loc="left") + panel.get_title() == "pi"
    assert values(panel) == [RATES] * 2
    assert panel.lines[0].get_xdata() == pytest.approx(np.array([1 / 6, 1 / 3, 1 / 2]))


def test_of_several_data_sets_each_has_its_panel(results: Results) -> None:
    of_datasets = panels([cell(results, "pi", dataset=name, sustained=windows()) for name in ("english", "spanish")])
    assert [axes.get_title(loc="left") + axes.get_title() for axes in of_datasets] == ["pi, english", "pi, spanish"]


def test_temperature_and_frequency_stand_beside_the_rate_of_a_device_that_tells_them(results: Results) -> None:
    pi = cell(results, "pi", sustained=windows(temperature_c=80.0, frequency_mhz=1500.0))
    silent = cell(results, "silent", sustained=windows())
    rate, temperature, frequency, _, nothing, nothing_else = panels([pi, silent])
    assert [axes.get_ylabel() for axes in (rate, temperature, frequency)] == [
        "Texts per second",
        "Temperature (°C)",
        "Frequency (MHz)",
    ]
    assert [values(axes) for axes in (temperature, frequency)] == [[[80.0] * 3], [[1500.0] * 3]]
    for axes in (nothing, nothing_else):
        assert not axes.lines
        assert [text.get_text() for text in axes.texts] == ["not told by the device"]


def test_cells_that_do_not_count_are_named_and_have_no_line(results: Results) -> None:
    keys = [CellKey("tweets", model, "int8", "pi") for model in ("good", "hot", "gone")]
    cells = [cell(results, "pi", model=model, sustained=windows(), **changes) for model, changes in MIXED.items()]
    figure = sustained.draw(replace(NOTHING, cells=cells, benchmark=merge(results.inputs(*keys))))
    assert figure is not None
    [panel] = figure.axes
    assert len(panel.lines) == 1
    assert panel.texts[-1].get_text() == "× hot int8: throttled\n× gone int8: missing"


def test_runs_that_are_none_are_not_shown(results: Results, tmp_path: Path) -> None:
    good = cell(results, "pi", sustained=windows())
    throttled = cell(results, "hot", sustained=windows(), verdict="throttled", reason="too hot")
    emulated = cell(results, "qemu", sustained=windows(), simulated=True, emulated=True)
    short = cell(results, "brief")
    text = svg([good, throttled, emulated, short], tmp_path / "figures")
    assert ET.fromstring(text).tag.endswith("svg")
    assert "pi" in text
    assert not any(name in text for name in ("hot", "qemu", "brief"))
    assert "Nothing was measured" in svg([throttled, emulated, short], tmp_path / "figures")


def test_simulated_devices_are_marked(results: Results, tmp_path: Path) -> None:
    text = svg([cell(results, "host", sustained=windows(), simulated=True)], tmp_path / "figures")
    assert ">simulated<" in text
