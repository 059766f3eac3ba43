"""The claims of the documents, and what says whether they hold."""

import re
from pathlib import Path

import pytest
from pydantic import ValidationError
from tools.check_claims import FAILS, HOLDS, NOT_CHECKED, Claim, check, figure, holds, read_claims

from tests.workflow.conftest import ROOT

CLAIMS = read_claims()


def claim(**changes: object) -> Claim:
    stated = {"document": "README.md", "says": "x", "command": "true", "minutes": 1, "expected": 2, "within": 0.5}
    return Claim.model_validate(stated | {"figure": {"pattern": r"found (\S+)"}} | changes)


@pytest.mark.parametrize("name", CLAIMS)
def test_a_claim_is_a_sentence_of_its_document(name: str) -> None:
    said = " ".join((ROOT / CLAIMS[name].document).read_text().split())
    assert " ".join(CLAIMS[name].says.split()) in said


def test_what_is_checked_by_default_takes_half_an_hour() -> None:
    assert sum(claim.minutes for claim in CLAIMS.values() if not claim.reads) <= 30


@pytest.mark.parametrize(
    ("command", "verdict", "found"),
    [
        ("echo found 2.4", HOLDS, 2.4),
        ("echo found 2.6 >&2", FAILS, 2.6),
        ("echo nothing", FAILS, None),
        ("echo found 2; exit 3", f"{FAILS}: the command ended with 3", None),
    ],
)
def test_a_figure_that_is_printed_is_compared(tmp_path: Path, command: str, verdict: str, found: float | None) -> None:
    assert check(claim(command=command), tmp_path)[:2] == (verdict, found)


def test_what_a_claim_needs_runs_before_it(tmp_path: Path) -> None:
    assert check(claim(needs="echo 2 > made", command="echo found $(cat made)"), tmp_path)[0] == HOLDS
    assert check(claim(needs="false", command="echo found 2"), tmp_path)[0].startswith(FAILS)


def test_a_claim_whose_data_are_not_there_is_not_checked(tmp_path: Path) -> None:
    verdict, found, _ = check(claim(reads="resources/none", command="touch made"), tmp_path)
    assert (verdict, found) == (f"{NOT_CHECKED}: resources/none is not there", None)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("where", "statistic", "found"), [(None, "sum", 6.0), ("kind == 'b'", "max", 3.0), ("kind == 'c'", "max", None)]
)
def test_a_statistic_of_a_tables_rows(tmp_path: Path, where: str | None, statistic: str, found: float | None) -> None:
    (tmp_path / "made.csv").write_text("kind,mb\na,1\nb,2\nb,3\n")
    of = {"table": "made.csv", "where": where, "column": "mb", "statistic": statistic}
    assert figure(claim(figure=of), "", tmp_path) == found


def test_a_table_that_was_not_made_is_no_figure(tmp_path: Path) -> None:
    of = {"table": "made.csv", "column": "mb", "statistic": "sum"}
    assert check(claim(figure=of), tmp_path)[:2] == (FAILS, None)


@pytest.mark.parametrize("pattern", ["found", "(", r"found (x)?"])
def test_a_figure_that_cannot_be_read_does_not_end_the_others(tmp_path: Path, pattern: str) -> None:
    assert check(claim(command="echo found 1,234", figure={"pattern": pattern}), tmp_path)[0].startswith(FAILS)
    assert check(claim(command="echo found 1,234"), tmp_path)[0].startswith(f"{FAILS}: no such figure: ValueError")
    (tmp_path / "made.csv").write_text("kind\na\n")
    of = {"table": "made.csv", "column": "mb", "statistic": "sum"}
    assert check(claim(figure=of), tmp_path)[0].startswith(f"{FAILS}: no such figure: KeyError")


def test_words_are_compared_whole() -> None:
    assert holds(claim(expected="Nothing"), "Nothing")
    assert not holds(claim(expected="Nothing"), "Nothing more")
    assert not holds(claim(expected="Nothing"), None)


@pytest.mark.parametrize("changes", [{"tolerance": 1}, {"figure": {"table": "t", "column": "c", "statistic": "eval"}}])
def test_unknown_keys_and_statistics_are_refused(changes: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match=re.escape("tolerance") if "tolerance" in changes else "statistic"):
        claim(**changes)
