"""The answers as the page's cards show them: a card for each device, budgets with the same answer together."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass

from replite.records.recommendation import Answer


@dataclass(frozen=True)
class Said:
    """What is said of one data set on one device, for one budget or several."""

    of: Sequence[Answer]
    """By budget; they say the same."""

    @property
    def answer(self) -> Answer:
        """The first of them."""
        return self.of[0]

    @property
    def doubts(self) -> list[str]:
        """All that weakens one of them."""
        return list(dict.fromkeys(doubt for answer in self.of for doubt in answer.doubts))

    @property
    def bundle(self) -> str:
        """The command that packs the file."""
        if self.answer.file is None:
            return ""
        file = self.answer.file
        return shlex.join(["snakemake", "--cores", "1", f"results/bundle/{self.answer.dataset}/{file.model}/{file.variant}.zip"])


@dataclass(frozen=True)
class OfDevice:
    """All that is said of a device."""

    name: str
    simulated: bool
    said: Sequence[Said]


def by_device(answers: Sequence[Answer]) -> list[OfDevice]:
    """The answers of each device, in their order."""
    devices: dict[str, dict[tuple[str, str], list[Answer]]] = {}
    for answer in answers:
        devices.setdefault(answer.device, {}).setdefault((answer.dataset, answer.sentence), []).append(answer)
    return [
        OfDevice(name, any(answer.simulated for of in groups.values() for answer in of), [Said(of) for of in groups.values()])
        for name, groups in devices.items()
    ]
