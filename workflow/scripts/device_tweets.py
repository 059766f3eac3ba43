"""Write the test tweets that devices run, as JSON Lines: their text and the topics' names; for a plan few of them."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.measure.samples import read_tweets, write_tweets
from replite.plan import texts
from replite.records.record import Made


@cli.script
def main(
    test: Annotated[Path, "the test split (Parquet)"],
    output: Annotated[Path, "JSON Lines to write"],
    limit: Annotated[int | None, "the first so many; default: all"] = None,
    spread: Annotated[int | None, "so many of these, spread over their lengths; default: all"] = None,
) -> None:
    tweets = read_tweets(test, limit)
    write_tweets(texts.spread(tweets, spread) if spread else tweets, output)
    Made.seal(output, decision=[spread, limit or 0] if spread else limit or 0)
