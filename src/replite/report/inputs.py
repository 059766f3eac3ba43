"""Paths of the earlier stages' files below their folders; no other module of this stage knows them."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NamedTuple


class CellKey(NamedTuple):
    """The names that tell a cell from all others."""

    dataset: str
    model: str
    variant: str
    device: str

    def __str__(self) -> str:
        return f"{self.dataset}/{self.model}/{self.variant} on {self.device}"


FileKey = tuple[str, str, str]
"""(data set, model, variant): the names that tell an exported file from all others."""


@dataclass(frozen=True)
class ReportInputs:
    """The expected cells and the folders of the earlier stages. Files that are not there are left out of every list."""

    expected: Annotated[list[CellKey], "the cells (JSON: a list of [data set, model, variant, device])"]
    data: Annotated[Path, "folder of the results of the stage 'data'"]
    train: Annotated[Path, "folder of the results of the stage 'train'"]
    export: Annotated[Path, "folder of the results of the stage 'export'"]
    measure: Annotated[Path, "folder of the results of the stage 'measure'"]

    @property
    def training_splits(self) -> dict[str, Path]:
        """train.parquet of each data set, there or not, by its name."""
        return {cell.dataset: self.data / cell.dataset / "train.parquet" for cell in self.expected}

    @property
    def cards(self) -> list[Path]:
        """card.json of each data set."""
        return _existing(self.data / cell.dataset / "card.json" for cell in self.expected)

    @property
    def hygiene(self) -> list[Path]:
        """hygiene.json of each data set."""
        return _existing(self.data / cell.dataset / "hygiene.json" for cell in self.expected)

    @property
    def trained(self) -> list[Path]:
        """metrics.json of each model on each data set."""
        return self.of_models("metrics.json")

    @property
    def durations(self) -> list[Path]:
        """durations.json of each model on each data set."""
        return self.of_models("durations.json")

    @property
    def seeds(self) -> list[Path]:
        """seeds.json of each model on each data set."""
        return self.of_models("seeds.json")

    @property
    def bag_of_words(self) -> list[Path]:
        """bag_of_words.json of each data set."""
        return _existing(self.train / cell.dataset / "bag_of_words.json" for cell in self.expected)

    @property
    def manifests(self) -> list[Path]:
        """manifest.json of each exported file."""
        return _existing(self.export.joinpath(*cell[:3], "manifest.json") for cell in self.expected)

    @property
    def records(self) -> list[Path]:
        """The record of each measured cell."""
        return self.of_cells(self.measure)

    @property
    def operators(self) -> list[Path]:
        """The record of each cell's operators."""
        folders = ((self.measure / cell.device).joinpath(*cell[:3]) for cell in self.expected)
        return _existing(folder / "operators.json" for folder in folders)

    def of_models(self, name: str) -> list[Path]:
        """The file of this name of each model on each data set."""
        return _existing(self.train / cell.dataset / cell.model / name for cell in self.expected)

    def of_cells(self, folder: Path) -> list[Path]:
        """The record of each cell below `folder`: of one that was measured, or could not be."""
        return _existing(folder / cell.device / cell.dataset / cell.model / f"{cell.variant}.json" for cell in self.expected)


def _existing(paths: Iterable[Path]) -> list[Path]:
    return [path for path in dict.fromkeys(paths) if path.is_file()]
