"""A plan as one HTML file that needs no network."""

from collections.abc import Sequence

from replite.config.report import Report, limit_on
from replite.plan.advice import advice
from replite.plan.text import MEANING, verdict, what_to_train
from replite.records.plan import PlanRow
from replite.report.page import environment, inline


def page_of(title: str, rows: Sequence[PlanRow], settings: Report) -> str:
    """The HTML."""
    return (
        environment()
        .get_template("templates/plan.html.j2")
        .render(
            style=inline("report.css"),
            title=title,
            rows=rows,
            measured=any(row.measured_p50_ms is not None for row in rows),
            budgets=settings.budgets,
            limit_on=limit_on,
            models=advice(rows),
            lines=what_to_train(rows),
            verdict=verdict,
            meaning=MEANING,
        )
    )
