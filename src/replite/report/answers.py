"""The answers as the page's cards show them: a card for each device, budgets with the same answer together, and within limits."""

import shlex
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from replite.config.report import limit_on
from replite.records.recommendation import Answer, DeviceGrid, File, Grid, GridAnswer, Other
from replite.report.measured import measured_file
from replite.report.text import three_digits


class Outcome(NamedTuple):
    """What a card says to run."""

    kind: str
    file: File | None
    reason: str
    """Why no file is recommended; empty where one is."""
    runner_up: Other | None
    bundle: str
    """The command that packs the file."""
    cell: int | None = None
    """The file's row in benchmark.csv."""


@dataclass(frozen=True)
class Said:
    """What is said of one data set on one device, for one budget or several."""

    of: Sequence[Answer]
    """By budget; they say the same."""

    @property
    def doubts(self) -> list[str]:
        """All that weakens one of them."""
        return list(dict.fromkeys(doubt for answer in self.of for doubt in answer.doubts))

    @property
    def outcome(self) -> Outcome:
        """What they say."""
        answer = self.of[0]
        bundle = _bundle(answer.dataset, answer.file)
        return Outcome(answer.kind, answer.file, answer.reason, answer.runner_up, bundle)


@dataclass(frozen=True)
class OfDataset:
    """All that is said of a data set on a device."""

    name: str
    said: Sequence[Said]
    grid: int | None
    """The place of its grid among all, if it has one."""
    device: int
    """The device's place in that."""
    within: Sequence[Outcome]
    """The answers of the grid."""


@dataclass(frozen=True)
class OfDevice:
    """All that is said of a device."""

    name: str
    simulated: bool
    of: Sequence[OfDataset]


def by_device(answers: Sequence[Answer], grids: Sequence[Grid], benchmark: pd.DataFrame) -> list[OfDevice]:
    """The answers of each device, in their order."""
    devices: dict[str, dict[str, list[Answer]]] = {}
    for answer in answers:
        devices.setdefault(answer.device, {}).setdefault(answer.dataset, []).append(answer)
    cells = _cells(benchmark)
    return [
        OfDevice(
            name,
            any(answer.simulated for of in datasets.values() for answer in of),
            [_of_dataset(dataset, name, of, grids, cells) for dataset, of in datasets.items()],
        )
        for name, datasets in devices.items()
    ]


Cells = Mapping[tuple[str, ...], tuple[int, Mapping[Hashable, Any]]]
"""By data set, device, model and variant, the row's number and the row."""


def _cells(benchmark: pd.DataFrame) -> Cells:
    rows = benchmark.astype(object).where(benchmark.notna(), None).to_dict("records")
    names = ("dataset", "device", "model", "variant")
    return {tuple(row[name] for name in names): (place, row) for place, row in enumerate(rows)}


def _of_dataset(dataset: str, device: str, answers: Sequence[Answer], grids: Sequence[Grid], cells: Cells) -> OfDataset:
    said: dict[str, list[Answer]] = {}
    for answer in answers:
        said.setdefault(answer.sentence, []).append(answer)
    for place, grid in enumerate(grids):
        for number, of_device in enumerate(grid.devices):
            if (grid.dataset, of_device.device) == (dataset, device):
                within = _within(dataset, of_device, cells)
                return OfDataset(dataset, [*map(Said, said.values())], place, number, within)
    return OfDataset(dataset, [*map(Said, said.values())], None, 0, [])


def _within(dataset: str, of_device: DeviceGrid, cells: Cells) -> list[Outcome]:
    def outcome(answer: GridAnswer) -> Outcome:
        if answer.file is None:
            return Outcome(answer.kind, None, answer.reason, answer.runner_up, "")
        place, row = cells[dataset, of_device.device, *answer.file]
        file = measured_file(row)
        return Outcome(answer.kind, file, answer.reason, answer.runner_up, _bundle(dataset, file), place)

    return [outcome(answer) for answer in of_device.answers]


def _bundle(dataset: str, file: File | None) -> str:
    if file is None:
        return ""
    return shlex.join(["snakemake", "--cores", "1", f"results/bundle/{dataset}/{file.model}/{file.variant}.zip"])


def sliders(grid: Grid, answers: Sequence[Answer]) -> dict[str, Any]:
    """What the page's script looks the answers up in."""
    figures = [{"name": name, "title": limit_on(name).title, "stops": _labels(name, grid)} for name in grid.stops]
    devices = {answer.device for answer in answers if answer.dataset == grid.dataset}
    return {
        "dataset": grid.dataset,
        "figures": figures,
        "doubts": grid.doubts,
        "at": [device.at for device in grid.devices],
        "devices": len(devices),
    }


def _labels(figure: str, grid: Grid) -> list[tuple[float, str]]:
    unit = limit_on(figure).unit
    return [(stop, f"{three_digits(stop)} {unit}".rstrip()) for stop in grid.stops[figure]]
