"""Print what to run on which device, as recommendation.json says, in five lines a device."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.records.recommendation import Recommendation
from replite.report import words


@cli.script
def main(recommendation: Annotated[Path, "recommendation.json"]) -> None:
    print("\n".join(words.lines(Recommendation.read(recommendation), str(recommendation))))
