"""Which inferences are profiled, which rounds count, and runtimes that cannot be profiled."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from replite.device import operators, profiler
from replite.device.profiler import Event, NoProfilerError, Profiler
from replite.device.tokenizer import Encoding

KNOWN = Path(profiler.__file__).parents[1] / "measure/known/model.tflite"


def text(length: int) -> Encoding:
    nothing = np.zeros(length, np.int32)
    return Encoding(nothing, nothing, nothing, tokens=length, truncated=False)


@pytest.mark.parametrize(("lengths", "most"), [([8, 16, 8], 8), ([8, 16], 16), ([24], 24)])
def test_the_most_used_length_is_profiled_or_the_longer_one(lengths: list[int], most: int) -> None:
    found = operators._of_most_used_length([text(length) for length in lengths])
    assert [each.length for each in found] == [most] * lengths.count(most)


def test_times_are_those_of_the_rounds_that_nothing_disturbed() -> None:
    took = [9.0, 1.0, 9.0, 9.0, 1.5, *[9.0] * 15]
    calm = operators._calmest(took)
    assert (sorted(calm), operators._mean(took, calm)) == ([1, 4], 1.25)
    rounds = operators._Rounds([], [], [], [])
    for place, ms in enumerate(took):
        rounds.add(0.0, ms, [Event("a", 10 * place), Event("b", place)])
    assert rounds.names == ["a", "b"]
    assert operators._mean(rounds.operators, calm) == pytest.approx([0.025, 0.0025])


def test_an_inference_with_other_operators_than_the_one_before_is_no_profile() -> None:
    rounds = operators._Rounds([], [], [], [])
    rounds.add(1.0, 1.0, [Event("a", 1)])
    with pytest.raises(NoProfilerError, match="other operators"):
        rounds.add(1.0, 1.0, [Event("b", 1)])


def test_a_version_whose_events_are_not_known_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(profiler, "version", lambda name: "9.0.1")
    with pytest.raises(NoProfilerError, match=r"ai-edge-litert is 9\.0\.1 here; how 2\.3\.x tells of its operators is known"):
        Profiler(KNOWN, "none", "none", threads=1)


def test_a_signature_that_is_not_there_is_told() -> None:
    with pytest.raises(NoProfilerError, match="no signature is called 'none'"):
        Profiler(KNOWN, "none", "none", threads=1)


def test_what_is_no_model_is_told(tmp_path: Path) -> None:
    (tmp_path / "model.tflite").write_bytes(b"no model")
    with pytest.raises(NoProfilerError, match=r"LiteRtCreateModelFromFile of ai-edge-litert failed with status \d+"):
        Profiler(tmp_path / "model.tflite", "none", "none", threads=1)


def test_another_runtime_says_that_it_has_no_profiler(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operators, "choose", lambda runtime: "tflite-runtime")
    (tmp_path / "tweets.jsonl").write_text('{"topic": "", "text": "good"}\n')
    (tmp_path / "job.json").write_text(json.dumps({"runtime": "auto", "tweets": str(tmp_path / "tweets.jsonl")}))
    operators.profile(tmp_path / "job.json", tmp_path / "out.json")
    told = json.loads((tmp_path / "out.json").read_text())
    assert told == {"reason": "tflite-runtime has no profiler of operators, as ai-edge-litert has"}
