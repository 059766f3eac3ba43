"""How scripts end."""

import pytest

from replite.cli import run


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
