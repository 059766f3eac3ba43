"""How scripts end."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import pytest

from replite import handover
from replite.cli import run, script


def raises(error: BaseException) -> None:
    raise error


def test_success_returns() -> None:
    run(lambda: None, ValueError)


def test_a_users_mistake_is_one_line_and_status_1(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(lambda: raises(ValueError("file.csv:\n  no such column")), ValueError)
    assert exit_.value.code == 1
    assert capsys.readouterr().err == "error: file.csv: no such column\n"


def test_an_interruption_tells_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as exit_:
        run(lambda: raises(KeyboardInterrupt()), ValueError)
    assert exit_.value.code == 130
    assert capsys.readouterr().err == "interrupted; run the same command again to resume\n"


def test_a_defect_keeps_its_traceback() -> None:
    with pytest.raises(KeyError):
        run(lambda: raises(KeyError("defect")), ValueError)


@dataclass
class Names:
    first: Annotated[str, "a word"]
    more: Annotated[list[str], "others (JSON)"]


def test_parameters_are_options_by_their_kinds(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    got: list[object] = []

    def main(
        names: Names,
        most_tweets: Annotated[int | None, "a number"],
        part: Annotated[Sequence[Literal["a", "b"]], "several"] = (),
        quick: Annotated[bool, "a flag"] = False,
        output: Annotated[Path | None, "a path"] = None,
    ) -> None:
        got.extend([names, most_tweets, part, quick, output])

    file = handover.write(["x", "y"], tmp_path)
    words = ["--first", "f", "--more", str(file), "--most-tweets", "3"]
    for further, rest in (
        ([], [[], False, None]),
        (["--part", "b", "--part", "a", "--quick", "--output", "o"], [["b", "a"], True, Path("o")]),
    ):
        got.clear()
        monkeypatch.setattr("sys.argv", ["script", *words, *further])
        run(main)
        assert got == [Names("f", ["x", "y"]), 3, *rest]
    for wrong in (words[2:], [*words, "--part", "c"], [*words, "--most-tweets", "many"]):
        monkeypatch.setattr("sys.argv", ["script", *wrong])
        with pytest.raises(SystemExit, match="2"):
            run(main)


def test_an_error_of_replites_own_needs_no_mention(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="1"):
        run(lambda: raises(handover.HandoverError("file.json: cut short")))
    assert capsys.readouterr().err == "error: file.json: cut short\n"


def test_a_script_is_run_where_it_is_the_program_and_not_where_it_is_imported(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> None:
        raise handover.HandoverError("it ran")

    assert script(main) is main
    main.__module__ = "__main__"
    with pytest.raises(SystemExit, match="1"):
        script(main)
    assert capsys.readouterr().err == "error: it ran\n"
