"""Pack a finished study as a crate: one zip archive of its records, samples, tables and figures, without a text."""

from pathlib import Path
from typing import Annotated

from replite import cli
from replite.crate.pack import pack


@cli.script
def main(
    results: Annotated[Path, "folder of results"],
    name: Annotated[str, "name of the report"],
    decision: Annotated[str, "hash of the configuration that the report has to be of"],
    own: Annotated[list[str], "what the crate may not tell: hosts, users, paths (JSON)"],
    output: Annotated[Path, "zip archive to write"],
) -> None:
    count = pack(results, name, output, decision=decision, own=own)
    print(f"{output}: {count:,} files, {output.stat().st_size / 1e6:.1f} MB, without texts, vocabularies and models")
