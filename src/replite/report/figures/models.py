"""Drawing of the float models over the runs with several seeds."""

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from replite.report.figures.drawing import Results, new_figure
from replite.seeds import SeedSummary, Spread
from replite.tasks import Metric, task

FOREMOST = 3
"""Metrics of a task that are drawn."""


def draw(results: Results) -> Figure | None:
    """A row of panels for each data set, one panel for each of its task's foremost metrics that any has."""
    if not results.models:
        return None
    by_dataset: dict[str, list[SeedSummary]] = {}
    for summary in results.models:
        by_dataset.setdefault(summary.dataset, []).append(summary)
    most = max(len(of_dataset) for of_dataset in by_dataset.values())
    figure = new_figure(10.5, len(by_dataset) * (1.1 + 0.3 * most))
    shown = {dataset: _metrics(of_dataset) for dataset, of_dataset in by_dataset.items()}
    grid = figure.subplots(len(by_dataset), max(map(len, shown.values())), squeeze=False, sharey="row")
    for panels, (dataset, of_dataset) in zip(grid, by_dataset.items(), strict=True):
        for axes, metric in zip(panels, shown[dataset], strict=False):
            _draw_panel(axes, {summary.model: summary.test.get(metric.column) for summary in of_dataset})
            axes.set_title(f"{metric.title}, {dataset}" if len(by_dataset) > 1 else metric.title)
        for axes in panels[len(shown[dataset]) :]:
            axes.remove()
    return figure


def _metrics(summaries: Sequence[SeedSummary]) -> list[Metric]:
    foremost = task(summaries[0].task).metrics[:FOREMOST]
    return [metric for metric in foremost if any(metric.column in summary.test for summary in summaries)]


def _draw_panel(axes: Axes, models: Mapping[str, Spread | None]) -> None:
    """The first model on top; a data set without topics has no topic accuracy."""
    for place, over_runs in enumerate(models.values()):
        if over_runs is None:
            continue
        runs = list(over_runs.values.values())
        axes.scatter(runs, [place + 0.25] * len(runs), s=22, color="#0072B2", alpha=0.35, linewidths=0)
        margin = None if over_runs.high is None else over_runs.high - over_runs.mean
        axes.errorbar(over_runs.mean, place, xerr=margin, fmt="o", color="#0072B2", capsize=4, markersize=6)
    axes.set_yticks(range(len(models)), list(models))
    axes.set_ylim(len(models) - 0.5, -0.5)
    axes.grid(visible=False, axis="y")
    axes.margins(x=0.15)
