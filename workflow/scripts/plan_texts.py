"""Write the few test texts of a plan's short runs, spread over the lengths of those that devices get, as JSON Lines."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.measure.samples import read_tweets, write_tweets
from replite.plan.texts import spread
from replite.records.record import Made


@cli.script
def main(
    test: Annotated[Path, "the test split (Parquet)"],
    texts: Annotated[int, "so many texts"],
    output: Annotated[Path, "JSON Lines to write"],
    limit: Annotated[int | None, "out of the first so many; default: all"] = None,
) -> None:
    write_tweets(spread(read_tweets(test, limit), texts), output)
    Made.seal(output, decision=[texts, limit or 0])
