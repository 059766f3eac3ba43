from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.collections import LineCollection
from matplotlib.image import imread
from matplotlib.text import Annotation

from replite.report.figures import cells, drawing, figures
from replite.report.figures.cells import MOST_ROWS
from replite.report.figures.drawing import COLUMN, DPI, MARKERS, PAGE, SMALL_PT, model_looks
from replite.report.figures.files import write_figures
from replite.report.inputs import CellKey, ReportInputs
from replite.report.margin import with_margins
from replite.report.merge import merge, read_cells, read_manifests, read_valid_samples
from tests.unit.report.results import NOTHING, Results, batched_samples, grid, samples, spread

FIGURES = [kind for kind in figures([], sustained=False).values() if kind.section == "figures"]
NAMES = [kind.name for kind in FIGURES]


TEN = grid(1, 10, ["int8"], 4)
"""The cells of ten models."""


def results_of(inputs: ReportInputs) -> drawing.Results:
    """The cells, to be drawn."""
    samples = read_valid_samples(read_cells(inputs), read_manifests(inputs))
    return replace(NOTHING, benchmark=with_margins(merge(inputs), inputs), samples=samples)


def draw(inputs: ReportInputs, folder: Path) -> dict[str, str]:
    """The SVG text of each figure."""
    write_figures(folder, FIGURES, results_of(inputs))
    return {name: (folder / f"{name}.svg").read_text() for name in NAMES}


@pytest.fixture(scope="module")
def ten_models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the figures of ten models on two boards, a simulated and an emulated device, with holes."""
    results = Results(tmp_path_factory.mktemp("ten"))
    for index, key in enumerate(TEN):
        kind: dict[str, Any] = {"device-2": {"simulated": True}, "device-3": {"simulated": True, "emulated": True}}.get(
            key.device, {}
        )
        bad: dict[str, Any] = (
            {"verdict": "throttled", "reason": "hot"} if key.device == "device-1" and key.model == "model-3" else {}
        )
        if (key.model, key.device) != ("model-4", "device-1"):
            results.add(
                key, model_bytes=10**6 * (1 + index // 4), table=samples(passes=1, median_ms=spread(index)), **kind, **bad
            )
    results.add_training(TEN[0].dataset, TEN[0].model, wrong=1)
    draw(results.inputs(*TEN), results.root / "figures")
    return results.root / "figures"


def printed_sizes(svg: str) -> list[float]:
    """Points of the type of every text; the SVG's unit is a point."""
    texts = [node for node in ET.fromstring(svg).iter() if node.tag.endswith("}text")]
    return [float(re.search(r"font-size: ([\d.]+)px", node.attrib["style"])[1]) for node in texts]  # type: ignore[index]


def test_none_of_them_is_empty(ten_models: Path) -> None:
    assert not [name for name in NAMES if "Nothing was measured" in (ten_models / f"{name}.svg").read_text()]


def test_every_figure_has_the_width_of_a_column_or_a_page_and_type_that_can_be_read_there(ten_models: Path) -> None:
    for name in NAMES:
        svg = (ten_models / f"{name}.svg").read_text()
        width = float(ET.fromstring(svg).attrib["width"].removesuffix("pt")) / 72
        assert width in (COLUMN, PAGE)
        assert min(printed_sizes(svg)) >= SMALL_PT
        image = imread(ten_models / f"{name}.png")
        assert image.shape[1] == width * DPI
        assert np.ptp(image) > 0.5
        pdf = (ten_models / f"{name}.pdf").read_bytes()
        box = [float(number) for number in re.search(rb"/MediaBox \[([^]]+)\]", pdf)[1].split()]  # type: ignore[index]
        assert box[2] == pytest.approx(width * 72)


def test_text_stays_text_in_a_font_that_any_viewer_has(ten_models: Path) -> None:
    for name in NAMES:
        svg = (ten_models / f"{name}.svg").read_text()
        texts = [node for node in ET.fromstring(svg).iter() if node.tag.endswith("}text")]
        assert {"board", "simulated"} <= {"".join(node.itertext()).strip() for node in texts}
        assert all(", sans-serif" in node.attrib["style"] for node in texts)


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="poppler-utils are not installed")
def test_a_pdfs_text_can_be_read_and_it_has_no_date(ten_models: Path) -> None:
    pdf = ten_models / "latency_by_device.pdf"
    assert "model-9 int8" in subprocess.run(["pdftotext", pdf, "-"], capture_output=True, text=True, check=True).stdout
    told = subprocess.run(["pdfinfo", pdf], capture_output=True, text=True, check=True).stdout
    assert "CreationDate" not in told
    assert re.search(rf"Page size: +{PAGE * 72:g} x ", told)


def test_ten_models_differ_without_colour() -> None:
    looks = model_looks(f"model-{number}" for number in range(10))
    assert len({look["marker"] for look in looks.values()}) == 10
    more = model_looks(f"model-{number}" for number in range(4 * len(MARKERS)))
    assert len({(look["marker"], look["color"]) for look in more.values()}) == len(more)


def test_every_panel_has_the_files_in_one_order_and_marks_those_without_a_figure(results: Results) -> None:
    keys = [CellKey("tweets", model, "int8", device) for device in ("pi", "host") for model in ("slow", "gone", "fast")]
    for key in keys:
        if key.model != "gone":
            results.add(key, table=samples(median_ms=90.0 if key.model == "slow" else 10.0), simulated=key.device == "host")
    inputs = results.inputs(*keys)
    figure = cells.latency_by_device(results_of(inputs))
    assert figure is not None
    for panel in figure.axes:
        said = {text.get_text(): text.xy[1] for text in panel.texts if isinstance(text, Annotation)}
        p50 = {text: place for text, place in said.items() if text[0].isdigit()}
        assert (len(p50), said["missing"]) == (2, 2)
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["slow int8", "gone int8", "fast int8"]


def test_a_median_stands_over_the_median(results: Results) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    benchmark = results_of(results.inputs(key))
    figure = cells.latency_by_device(benchmark)
    assert figure is not None
    [said] = [text for text in figure.axes[0].texts if isinstance(text, Annotation) and text.get_text()[0].isdigit()]
    assert said.xy[0] == pytest.approx(benchmark.benchmark["latency_p50_ms"][0])
    assert said.get_horizontalalignment() == "center"


def test_scores_of_boards_simulated_and_emulated_devices_have_panels_of_their_own(results: Results) -> None:
    wrong = {"pi": 2, "host": 6, "qemu": 9}
    keys = [CellKey("tweets", "tiny", "int8", device) for device in wrong]
    for key in keys:
        kind = {"simulated": key.device != "pi", "emulated": key.device == "qemu"}
        results.add(key, table=samples(wrong=wrong[key.device]), **kind)
    figure = cells.scores_against_size(results_of(results.inputs(*keys)))
    assert figure is not None
    of_accuracy = figure.axes[1::2]
    assert [panel.texts[0].get_text() for panel in of_accuracy] == ["board", "simulated", "emulated"]
    scores = [[point for line in panel.lines for point in np.atleast_1d(line.get_ydata())] for panel in of_accuracy]
    assert [set(points) for points in scores] == [{1 - number / 20} for number in wrong.values()]


def test_a_file_with_a_cell_that_does_not_count_is_crossed_at_the_foot(results: Results) -> None:
    good, bad = (CellKey("tweets", model, "int8", "pi") for model in ("good", "bad"))
    results.add(good)
    results.add(bad, model_bytes=3_000_000, verdict="mismatch", reason="another file")
    figure = cells.scores_against_size(results_of(results.inputs(good, bad)))
    assert figure is not None
    for panel in figure.axes:
        assert [np.atleast_1d(line.get_xdata())[0] for line in panel.lines if line.get_marker() == "x"] == [3.0]


def test_axes_of_scores_span_five_points_and_bars_are_the_intervals(results: Results) -> None:
    key, other = (CellKey("tweets", model, "int8", "pi") for model in ("tiny", "small"))
    for wrong, each in enumerate((key, other)):
        results.add(each, table=samples(tweets=400, wrong=wrong))
    figure = cells.scores_against_size(results_of(results.inputs(key, other)))
    assert figure is not None
    assert np.ptp(figure.axes[1].get_ylim()) == pytest.approx(0.05)
    results.add(key)
    drawn = results_of(results.inputs(key))
    figure = cells.scores_against_size(drawn)
    assert figure is not None
    [bar] = [lines.get_segments()[0] for lines in figure.axes[0].collections if isinstance(lines, LineCollection)]
    assert bar[:, 1].tolist() == [drawn.benchmark[column][0] for column in ("macro_f1_low", "macro_f1_high")]


def test_an_interval_that_does_not_hold_its_figure_is_drawn_with_it(results: Results) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    drawn = results_of(results.inputs(key))
    below = replace(drawn, benchmark=drawn.benchmark.assign(macro_f1_low=0.1, macro_f1_high=0.2))
    figure = cells.scores_against_size(below)
    assert figure is not None
    [bar] = [lines.get_segments()[0] for lines in figure.axes[0].collections if isinstance(lines, LineCollection)]
    assert bar[:, 1].tolist() == pytest.approx([0.1, drawn.benchmark["macro_f1"][0]])


def test_a_studys_sizes_are_lines_with_a_name(results: Results, tmp_path: Path) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    drawn = replace(results_of(results.inputs(key)), sizes={"a claim": 8.4})
    write_figures(tmp_path, FIGURES, drawn)
    assert "a claim" in (tmp_path / "scores_against_size.svg").read_text()
    assert "a claim" not in draw(results.inputs(key), tmp_path / "none")["scores_against_size"]


def test_figures_of_an_earlier_run_go_and_nothing_else(results: Results, tmp_path: Path) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    for name in ("texts_gone.svg", "texts_gone.png", "mine.svg"):
        (tmp_path / name).write_text("")
    draw(results.inputs(key), tmp_path)
    assert {path.name for path in tmp_path.iterdir() if "texts" in path.name or "mine" in path.name} == {"mine.svg"}


def test_without_a_valid_cell_the_figures_say_so(results: Results, tmp_path: Path) -> None:
    for svg in draw(results.inputs(CellKey("tweets", "tiny", "int8", "pi")), tmp_path / "figures").values():
        assert "Nothing was measured" in svg


def test_devices_have_their_kinds_as_badges(results: Results) -> None:
    board, host, gone = (CellKey("tweets", "tiny", "int8", device) for device in ("pi", "host", "gone"))
    results.add(board)
    results.add(host, simulated=True)
    for drawing_of in (cells.latency_by_device, cells.memory):
        figure = drawing_of(results_of(results.inputs(board, host, gone)))
        assert figure is not None
        badges = {panel.get_title(loc="left") + panel.get_title(): panel.texts[0].get_text() for panel in figure.axes}
        assert badges == {"pi": "board", "host": "simulated", "gone": "not measured"}


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
    assert {name for name, svg in svgs.items() if "Nothing was measured" in svg} == {"latency_by_device", "margin_kept", "memory"}


@pytest.mark.parametrize(("median_ms", "shown"), [(5.0, False), (900.0, True), (40_000.0, False)])
def test_the_line_of_one_tweet_per_second_is_drawn_where_it_is_near(
    results: Results, tmp_path: Path, median_ms: float, shown: bool
) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key, table=samples(median_ms=median_ms))
    assert ("1 text/s" in draw(results.inputs(key), tmp_path / "figures")["latency_by_device"]) == shown


def test_equal_results_give_equal_files_in_another_process(results: Results, tmp_path: Path) -> None:
    key = CellKey("tweets", "tiny", "int8", "pi")
    results.add(key)
    draw(results.inputs(key), tmp_path / "one")
    code = (
        "import sys; from pathlib import Path; from replite.report.inputs import CellKey; from tests.unit.report import results;"
        "from tests.unit.report.test_figures import draw; root, to = map(Path, sys.argv[1:]);"
        f"draw(results.Results(root).inputs(CellKey(*{tuple(key)!r})), to)"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "7", "PYTHONPATH": os.pathsep.join(sys.path)}
    subprocess.run([sys.executable, "-c", code, tmp_path, tmp_path / "two"], check=True, env=environment)
    names = {path.name for path in (tmp_path / "one").iterdir()}
    assert {Path(name).suffix for name in names} == {".svg", ".pdf", ".png"}
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_very_many_files_make_a_figure_higher_up_to_a_number_that_it_says(results: Results) -> None:
    keys = grid(1, MOST_ROWS + 5, ["int8"], 1)
    for index, key in enumerate(keys):
        results.add(key, model_bytes=1_000_000 * (index + 1), table=samples(tweets=5, passes=1))
    few, all_of_them = (cells.memory(replace(NOTHING, benchmark=merge(results.inputs(*some)))) for some in (keys[:10], keys))
    assert few is not None
    assert all_of_them is not None
    assert all_of_them.get_figwidth() == few.get_figwidth()
    assert all_of_them.get_figheight() > 4 * few.get_figheight()
    [panel] = all_of_them.axes
    said = (panel.get_title(loc="left") + panel.get_title()).replace("\n", " ")
    assert said == f"device-0, lowest {MOST_ROWS} of {MOST_ROWS + 5} files"
    assert [label.get_text() for label in panel.get_yticklabels()] == [f"model-{i} int8" for i in range(MOST_ROWS)]


def test_planning_does_not_import_what_draws() -> None:
    code = "import sys, replite.report.figures; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
