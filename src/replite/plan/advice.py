"""What to train: the models of which some file keeps some budget on some device, and what the others miss."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from replite.records.plan import PlanRow


@dataclass(frozen=True)
class Advice:
    """A model on a data set."""

    dataset: str
    model: str
    rows: Sequence[PlanRow]

    @property
    def feasible(self) -> bool:
        """Whether it is worth a training."""
        return any(row.feasible for row in self.rows)

    @property
    def hours(self) -> float | None:
        """What its training takes on this machine; None where it is not known."""
        return self.rows[0].training_hours

    @property
    def fits(self) -> dict[tuple[str, str], list[str]]:
        """By device and budget, the variants that keep it."""
        found: dict[tuple[str, str], list[str]] = {}
        for row in self.rows:
            if row.feasible:
                found.setdefault((str(row.device), str(row.budget)), []).append(str(row.variant))
        return found

    @property
    def reason(self) -> str:
        """Why it is not worth one: the file that misses a budget least, or why there is none."""
        nearest = min((row for row in self.rows if row.missed_by is not None), key=lambda row: row.missed_by or 0, default=None)
        if nearest is None:
            return "; ".join(dict.fromkeys(row.reason for row in self.rows))
        return f"nearest: {nearest.variant} on {nearest.device} for '{nearest.budget}': {nearest.misses}"


def advice(rows: Iterable[PlanRow]) -> list[Advice]:
    """The models, in their order."""
    of_model: dict[tuple[str, str], list[PlanRow]] = {}
    for row in rows:
        of_model.setdefault((row.dataset, row.model), []).append(row)
    return [Advice(*name, found) for name, found in of_model.items()]
