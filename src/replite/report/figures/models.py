"""Drawing of the float models over the runs with several seeds."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from replite.report.figures.drawing import LEAST_SCORE_SPAN, PAGE, PALETTE, Results, at_least, new_figure, wrapped
from replite.seeds import SeedSummary, Spread
from replite.tasks import Metric, task

FOREMOST = 3
"""Metrics of a task that are drawn."""
ROW, HEAD = 0.3, 0.7
"""Inches of a model's row, and of all else of a panel."""
LABEL, PANEL = 1.4, 1.7
"""Inches of the longest line of a label, and of a title."""


def draw(results: Results) -> Figure | None:
    """A row of panels for each data set, one panel for each of its task's foremost metrics that any has."""
    if not results.models:
        return None
    by_dataset: dict[str, list[SeedSummary]] = {}
    for summary in results.models:
        by_dataset.setdefault(summary.dataset, []).append(summary)
    heights = [HEAD + ROW * len(of_dataset) for of_dataset in by_dataset.values()]
    figure = new_figure(PAGE, sum(heights))
    shown = {dataset: _metrics(of_dataset) for dataset, of_dataset in by_dataset.items()}
    columns = max(map(len, shown.values()))
    grid = figure.subplots(len(by_dataset), columns, squeeze=False, sharey="row", height_ratios=heights)
    for panels, (dataset, of_dataset) in zip(grid, by_dataset.items(), strict=True):
        for axes, metric in zip(panels, shown[dataset], strict=False):
            _draw_panel(axes, {summary.model: summary.test.get(metric.column) for summary in of_dataset})
            axes.set_title(wrapped(f"{metric.title}, {dataset}" if len(by_dataset) > 1 else metric.title, PANEL))
        for axes in panels[len(shown[dataset]) :]:
            axes.remove()
    return figure


def _metrics(summaries: Sequence[SeedSummary]) -> list[Metric]:
    foremost = task(summaries[0].task).metrics[:FOREMOST]
    return [metric for metric in foremost if any(metric.column in summary.test for summary in summaries)]


def _draw_panel(axes: Axes, models: Mapping[str, Spread | None]) -> None:
    """The first model on top; a data set without topics has no topic accuracy."""
    colour = PALETTE[0]
    for place, over_runs in enumerate(models.values()):
        if over_runs is None:
            continue
        runs = list(over_runs.values.values())
        axes.scatter(runs, [place + 0.25] * len(runs), s=12, color=colour, alpha=0.35, linewidths=0)
        margin = None if over_runs.high is None else over_runs.high - over_runs.mean
        axes.errorbar(over_runs.mean, place, xerr=margin, fmt="o", color=colour, capsize=2)
    axes.set_yticks(range(len(models)), [wrapped(model, LABEL) for model in models])
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.tick_params(left=False)
    axes.margins(x=0.15)
    axes.set_xlim(at_least(axes.get_xlim(), LEAST_SCORE_SPAN))
    axes.xaxis.set_major_locator(MaxNLocator(5))
