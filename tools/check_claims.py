"""Check what README.md and docs/ claim: run each claim's command, and compare the figure with the one expected (claims.yaml).

Exit status 1 if a claim does not hold. One that needs data that are not there is told and not counted.
"""

import argparse
import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

ROOT = Path(__file__).resolve().parents[1]
CLAIMS = ROOT / "claims.yaml"
HOLDS, FAILS, NOT_CHECKED = "holds", "does not hold", "not checked"


class Strict(BaseModel):
    """Keys that nobody knows are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(Strict):
    """A statistic of a CSV file's column."""

    table: Path
    where: str | None = None
    """The rows, as pandas' `query` has it."""
    column: str
    statistic: str = Field(pattern="^(count|sum|min|median|mean|max)$")


class Printed(Strict):
    """The first group of a pattern in what the command prints."""

    pattern: str


class Claim(Strict):
    """A sentence of a document, and how to see whether it is so."""

    document: Path
    says: str
    command: str
    minutes: float
    """That two cores take, about."""
    needs: str | None = None
    """A command to run before, once."""
    reads: Path | None = None
    """A file of the user's own that it needs."""
    figure: Column | Printed
    expected: float | str
    within: float = 0


def read_claims(path: Path = CLAIMS) -> dict[str, Claim]:
    """The claims by their names. Raises pydantic's `ValidationError`."""
    return TypeAdapter(dict[str, Claim]).validate_python(yaml.safe_load(path.read_text(encoding="utf-8")))


def figure(claim: Claim, printed: str, folder: Path) -> float | str | None:
    """What a command has given; None where there is no such figure."""
    of = claim.figure
    if isinstance(of, Printed):
        found = re.search(of.pattern, printed)
        return found and (float(found[1]) if isinstance(claim.expected, float) else found[1])
    if not (folder / of.table).is_file():
        return None
    table = pd.read_csv(folder / of.table)
    values = (table.query(of.where) if of.where else table)[of.column]
    return float(values.agg(of.statistic)) if len(values) else None


def _figure(claim: Claim, printed: str, folder: Path) -> tuple[float | str | None, str]:
    """The figure, or what is wrong with it: a table may lack the column, and a program print another kind of number."""
    try:
        return figure(claim, printed, folder), ""
    except Exception as error:
        return None, f"{FAILS}: no such figure: {type(error).__name__}: {error}"


def holds(claim: Claim, found: float | str | None) -> bool:
    """Whether it is what the claim expects."""
    if isinstance(claim.expected, float) and isinstance(found, float):
        return abs(found - claim.expected) <= claim.within
    return found == claim.expected


def check(claim: Claim, folder: Path) -> tuple[str, float | str | None, float]:
    """Run its command: the verdict, the figure and the seconds that it took. What it prints goes to the terminal too."""
    if claim.reads and not (folder / claim.reads).exists():
        return f"{NOT_CHECKED}: {claim.reads} is not there", None, 0
    begun, lines = time.monotonic(), []
    command = f"{claim.needs} && {claim.command}" if claim.needs else claim.command
    with subprocess.Popen(
        ["bash", "-o", "pipefail", "-c", command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            print(line, end="", flush=True)
            lines.append(line)
    seconds = time.monotonic() - begun
    if process.returncode:
        return f"{FAILS}: the command ended with {process.returncode}", None, seconds
    found, wrong = _figure(claim, "".join(lines), folder)
    return wrong or (HOLDS if holds(claim, found) else FAILS), found, seconds


def main() -> None:
    """Check the claims that the command line names."""
    claims = read_claims()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("claims", nargs="*", metavar="CLAIM", help=f"one of {', '.join(claims)}; default: those without `reads`")
    named = parser.parse_args().claims
    if strange := set(named) - set(claims):
        parser.error(f"no such claim: {', '.join(sorted(strange))}; there are {', '.join(claims)}")
    chosen = named or [name for name, claim in claims.items() if not claim.reads]
    rows: list[dict[str, str]] = []
    for number, name in enumerate(chosen, 1):
        claim = claims[name]
        print(f"claim {number} of {len(chosen)}: {name}, about {claim.minutes:g} minutes: {claim.command}", flush=True)
        verdict, found, seconds = check(claim, ROOT)
        expected = f"{claim.expected}" + (f" ± {claim.within:g}" if claim.within else "")
        told = f"{found:.4g}" if isinstance(found, float) else found or "-"
        minutes = f"{seconds / 60:.1f}"
        rows.append({"claim": name, "expected": expected, "found": told, "minutes": minutes, "verdict": verdict})
    print(pd.DataFrame(rows).to_string(index=False))
    sys.exit(any(row["verdict"].startswith(FAILS) for row in rows))


if __name__ == "__main__":
    main()
