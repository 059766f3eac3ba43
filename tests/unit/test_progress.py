"""Progress is a line every ten seconds with rate and time left."""

import pytest

from replite import progress
from replite.progress import Progress


def test_short_work_prints_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    Progress("train", total=2).update(2)
    assert capsys.readouterr().err == ""


def test_long_work_prints_what_is_done_the_rate_and_the_time_left(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(progress.time, "monotonic", lambda: now)
    work = Progress("train", total=1000, done=500)
    now = 10.0
    work.update(100, "loss 0.5")
    assert capsys.readouterr().err == "train: 600/1000 texts, 10 texts/s, 0:00:40 left, loss 0.5\n"
