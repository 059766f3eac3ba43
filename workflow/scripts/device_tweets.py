"""Write the test tweets that devices run, as JSON Lines: their text and the topics' names."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.measure.samples import read_tweets, write_tweets
from replite.records.record import Made


@cli.script
def main(
    test: Annotated[Path, "the test split (Parquet)"],
    output: Annotated[Path, "JSON Lines to write"],
    limit: Annotated[int | None, "the first so many; default: all"] = None,
) -> None:
    write_tweets(read_tweets(test, limit), output)
    Made.seal(output, decision=limit or 0)
