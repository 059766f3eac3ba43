"""Tasks are found by their names."""

from __future__ import annotations

import pytest

from replite import tasks


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("multi_label", "did you mean 'several_labels'? "),
        ("Multi-Label", "did you mean 'several_labels'? "),
        ("ner", "did you mean 'entities'? "),
        ("token-classification", "did you mean 'entities'? "),
        ("entites", "did you mean 'entities'? "),
        ("zzz", ""),
    ],
)
def test_an_unknown_task_is_refused_with_the_one_that_is_meant(name: str, hint: str) -> None:
    with pytest.raises(tasks.TaskError) as caught:
        tasks.file(name, "")
    assert str(caught.value) == f"there is no task '{name}'; {hint}there are: {', '.join(tasks.known())}"
