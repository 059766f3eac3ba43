"""A finished study as its provenance.json describes it: what was measured, and the documents that a report stands on."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

from replite.config.report import Report
from replite.config.shared import rebuilt
from replite.config.whole import Config
from replite.records.provenance import Provenance
from replite.report.inputs import CellKey, ReportInputs


@dataclass(frozen=True)
class Study:
    """The study of one report."""

    root: Path
    """The folder of results."""
    name: str
    """The report's."""
    provenance: Provenance
    config: Config
    """That of the run, with something in the place of hosts, paths and files."""

    @classmethod
    def read(cls, root: Path, name: str) -> Self:
        """The study of the report of this name. Raises `RecordError`, and `ConfigError`."""
        provenance = Provenance.read(root / "report" / name / "provenance.json")
        return cls(root, name, provenance, rebuilt(provenance.configuration))

    @property
    def report(self) -> Path:
        """The report's folder."""
        return self.root / "report" / self.name

    @property
    def inputs(self) -> ReportInputs:
        """What the report was made from."""
        cells = [CellKey(cell.dataset, cell.model, cell.variant, cell.device) for cell in self.provenance.cells]
        return self._inputs(cells)

    @property
    def drawn(self) -> ReportInputs:
        """Of all draws of the data sets that have several, what draws.csv was made from."""
        files = dict.fromkeys(cell[:3] for cell in self.inputs.expected)
        return self._inputs(
            [CellKey(draw, model, variant, "") for dataset, model, variant in files for draw in self.draws.get(dataset, ())]
        )

    @cached_property
    def draws(self) -> dict[str, list[str]]:
        """The draws of each data set that has several."""
        draws = {dataset: self.config.draws(dataset) for dataset in self.config.enabled("datasets")}
        return {dataset: names for dataset, names in draws.items() if len(names) > 1}

    @property
    def settings(self) -> Report:
        """The part of the configuration's `report` by which files are chosen."""
        return self.config.report.without("name", "title", "studies", "regression")

    def documents(self) -> list[str]:
        """Every document that there has to be, and those which not every study has and that are there, from the root."""
        needed = [*self._of_the_report(), *self._of_the_stages()]
        return [path.relative_to(self.root).as_posix() for path in dict.fromkeys(needed)]

    @cached_property
    def _further_seeds(self) -> dict[tuple[str, str], list[int]]:
        """Of the runs of each model on each data set, but for the one that was exported."""
        return {(one.dataset, one.model): one.seeds[1:] for one in self.provenance.models}

    def _profiled(self, device: str) -> bool:
        """Whether a device was asked what operators take, as emulated ones are not."""
        return self.config.measure.profile_operators and not self.config.devices[device].emulated

    def _inputs(self, expected: list[CellKey]) -> ReportInputs:
        stages = {stage: self.root / stage for stage in ("data", "train", "export", "measure")}
        return ReportInputs(expected=expected, **stages)

    def _of_the_report(self) -> Iterator[Path]:
        names = ["provenance", "benchmark", "recommendation", "report", "figures/figures"]
        yield from (self.report / f"{name}.json" for name in names)
        if self.draws:
            yield self.report / "draws.json"
        if any(self._profiled(cell.device) for cell in self.inputs.expected):
            yield self.report / "operators.json"
        if self.config.report.together:
            yield self.report / "candidates.json"
            yield from sorted(self.report.glob("together/*.json"))

    def _of_the_stages(self) -> Iterator[Path]:
        config = self.config
        for cell in [*self.inputs.expected, *self.drawn.expected]:
            data, train = self.root / "data" / cell.dataset, self.root / "train" / cell.dataset
            model, file = train / cell.model, self.root.joinpath("export", *cell[:3])
            yield from (
                data / "card.json",
                model / "metrics.json",
                model / "durations.json",
                file / "manifest.json",
                file / "host_predictions.json",
            )
            if config.report.bag_of_words:
                yield train / "bag_of_words.json"
            if cell.device:
                yield from (data / "hygiene.json", data / "device_tweets.json", model / "seeds.json")
                yield from (model / "seeds" / str(seed) / "durations.json" for seed in self._further_seeds.get(cell[:2], ()))
                yield self.root.joinpath("measure", cell.device, *cell[:2], f"{cell.variant}.json")
                if self._profiled(cell.device):
                    yield self.root.joinpath("measure", cell.device, *cell[:2], cell.variant, "operators.json")
            if cell.device and config.report.studies:
                yield model / "evaluation.json"
            if config.drawn[cell.dataset].reader == "generated":
                yield data / "package.json"
