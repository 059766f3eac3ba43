"""A device that does not answer is waited for once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from replite.measure.boards import circuit_breaker
from replite.measure.errors import NoAnswerError, UnreachableError


def test_a_board_that_did_not_answer_at_first_is_not_tried_again_under_any_name_until_the_next_run(tmp_path: Path) -> None:
    with pytest.raises(NoAnswerError, match=r"^board: no answer$"), circuit_breaker("board", "host", tmp_path):
        raise NoAnswerError("board: no answer")
    for name in ("board", "board-4-threads"):
        told = rf"^{name}: no answer \(not tried again in this run\)$"
        with pytest.raises(NoAnswerError, match=told), circuit_breaker(name, "host", tmp_path):
            pytest.fail("it was tried again")
    with circuit_breaker("another", "other_host", tmp_path):
        pass
    shutil.rmtree(tmp_path / "circuit_breakers")
    with circuit_breaker("board", "host", tmp_path):
        pass


def test_a_device_that_has_answered_is_tried_every_time(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError), circuit_breaker("board", "host", tmp_path):
        raise UnreachableError("board: the connection broke")
    with pytest.raises(NoAnswerError), circuit_breaker("board", "host", tmp_path):
        raise NoAnswerError("board: no answer")
    with circuit_breaker("board", "host", tmp_path):
        pass
