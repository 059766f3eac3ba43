"""`training.only: feasible`: models that a plan shows to keep no budget on any device are not trained.

The figures are the plan's, the budgets those of the configuration as it is now.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby, product
from pathlib import Path

from replite.config.plan import devices
from replite.config.whole import Config
from replite.plan.advice import advice
from replite.plan.judge import beside_budgets
from replite.plan.table import read
from replite.records.plan import PlanRow

AGAIN = "`snakemake plan`, with the same configuration, makes it"


class PlanError(ValueError):
    """A plan does not tell what to train; the message says why, and what to do."""


def not_trained(config: Config, table: Path) -> dict[str, str]:
    """The models of the run that are not worth a training by plan.csv, each with the reason.

    None where every one is to be trained. Raises `PlanError` where the plan does not tell, and `RecordError`.
    """
    if config.training.only == "all":
        return {}
    if not table.is_file():
        raise PlanError(f"key 'training.only': {table}: there is no plan yet; {AGAIN}")
    rows = list(_judged_anew(config, read(table)))
    if (lacking := _lacking(config, rows)) is not None:
        raise PlanError(f"key 'training.only': {table}: the plan lacks {lacking}; {AGAIN}")
    reasons = _reasons(config, rows)
    if reasons.keys() >= {*config.enabled("models")}:
        raise PlanError(
            f"key 'training.only': {table}: no model keeps any budget on any device; plan.txt there says what each misses"
        )
    return reasons


def _judged_anew(config: Config, rows: Sequence[PlanRow]) -> Iterator[PlanRow]:
    """The rows of what takes part in the run, beside its budgets; nothing else is known of what was not built."""
    datasets, models = config.enabled("datasets"), config.enabled("models")
    variants, of_plan = [*config.enabled("variants"), None], [*devices(config), None]
    for (dataset, model, variant, device), found in groupby(rows, key=_cell):
        if dataset in datasets and model in models and variant in variants and device in of_plan:
            first = next(found)
            yield from [first] if device is None else beside_budgets(first.model_dump(), config.report.budgets)


def _cell(row: PlanRow) -> tuple[str, str, str | None, str | None]:
    return row.dataset, row.model, row.variant, row.device


def _lacking(config: Config, rows: Sequence[PlanRow]) -> str | None:
    """The first file of the run, and its device, that no row is of."""
    there = {*map(_cell, rows)}
    wanted = product(config.enabled("datasets"), config.enabled("models"), config.enabled("variants"), devices(config))
    lacking = (cell for cell in wanted if cell not in there and (*cell[:2], None, None) not in there)
    return next((f"{'/'.join(cell[:3])} on {cell[3]}" for cell in lacking), None)


def _reasons(config: Config, rows: Sequence[PlanRow]) -> dict[str, str]:
    """By model that is feasible on no data set, why."""
    of_model = {name: [each for each in advice(rows) if each.model == name] for name in config.enabled("models")}
    return {
        name: "; ".join(dict.fromkeys(each.reason for each in found))
        for name, found in of_model.items()
        if not any(each.feasible for each in found)
    }
