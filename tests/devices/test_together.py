"""Files of two tasks in one process of a device, over real SSH."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from replite.config.measure import Device
from replite.config.report import Report
from replite.files import sha256
from replite.measure.errors import DeviceError
from replite.measure.session import Session
from replite.measure.together import COLUMNS, TogetherInputs, run_sets
from replite.records.export import Manifest
from replite.records.measure import RunsTogether, TimedTogether
from replite.records.recommendation import Candidates, FileOfSet, FileSet, SetAnswer
from replite.records.record import Made, RecordError
from replite.report.together import decide
from tests.devices.conftest import HOSTILE, Inputs

BOTH = [("tiny", "tiny", "fp32"), ("names", "tiny", "fp32")]
SUMS = {"latency_p50_ms": 1.0, "peak_rss_mb": 100.0}


def answer(*sets: list[tuple[str, str, str]], **changes: object) -> SetAnswer:
    found = [
        FileSet(
            files=[
                FileOfSet(dataset=dataset, model=model, variant=variant, metric="F1", figures={"score": 0.9}, intervals={})
                for dataset, model, variant in names
            ],
            sums=SUMS,
        )
        for names in sets
    ]
    of = SetAnswer(
        datasets=["tiny", "names"],
        device="small board",
        simulated=True,
        budget="both",
        limits={},
        kind="recommended",
        sentence="",
        sets=found,
    )
    return of.model_copy(update=changes)


@pytest.fixture
def sets(inputs: Inputs, tagger: Path, tmp_path: Path) -> TogetherInputs:
    """Both files on a simulated device, laid out as a run leaves them."""
    folders = {"tiny": inputs.model, "names": tagger}
    for dataset, model, variant in BOTH:
        shutil.copytree(folders[dataset], tmp_path / "export" / dataset / model / variant)
    host = tmp_path / "export/tiny/tiny/fp32/host_predictions.csv"
    shutil.copy(inputs.host_predictions, host)
    Made.seal(host)
    (tmp_path / "data/tiny").mkdir(parents=True)
    shutil.copy(inputs.tweets, tmp_path / "data/tiny/device_tweets.jsonl")
    Made.seal(tmp_path / "data/tiny/device_tweets.jsonl")
    candidates = tmp_path / "candidates.json"
    Candidates(answers=[answer(BOTH), answer(BOTH, budget="another"), answer(BOTH[::-1], device="other board")]).write(candidates)
    of_stages = (candidates, tmp_path / "data", tmp_path / "export")
    return TogetherInputs(inputs.device, inputs.entry, inputs.settings, *of_stages, inputs.folders)


def run(sets: TogetherInputs) -> RunsTogether:
    folder = sets.candidates.parent / "together"
    return run_sets(sets, folder / f"{sets.device}.csv", folder / f"{sets.device}.json")


def test_each_text_goes_through_all_files_in_one_process(sets: TogetherInputs) -> None:
    found = run(sets)
    [of_set] = found.sets
    assert (of_set.verdict, of_set.reason, of_set.files) == ("valid", "", BOTH)
    assert found.facts is not None
    samples = pd.read_csv(sets.candidates.parent / "together/small board.csv")
    assert list(samples) == ["set", "dataset", "model", "variant", *COLUMNS]
    of_each = samples.groupby("dataset").size()
    assert of_each.to_dict() == {"tiny": 3 * len(HOSTILE), "names": 3 * len(HOSTILE)}

    answers, read = decide(sets.candidates, Report())
    assert [path.name for path in read] == ["candidates.json", "small board.json"]
    mine, again, others = answers
    [files] = mine.sets
    measured = samples.assign(ms=samples["tokenize_ms"] + samples["inference_ms"]).groupby(["pass", "row"])["ms"].sum()
    assert files.measured["latency_p50_ms"] == pytest.approx(measured.median())
    assert files.measured["peak_rss_mb"] == of_set.peak_rss_mb
    assert files.measured["load_ms"] == of_set.load_ms
    assert (mine.doubts, again.sets, others.sets[0].measured) == ([], mine.sets, {})
    assert others.doubts[0].startswith("its files were not measured together")


def test_a_set_that_the_device_cannot_run_says_so_and_the_next_is_measured(sets: TogetherInputs) -> None:
    broken = sets.export / "names/tiny/broken"
    shutil.copytree(sets.export / "names/tiny/fp32", broken)
    (broken / "model.tflite").write_bytes(b"no model")
    manifest = Manifest.read(broken / "manifest.json")
    manifest.model_copy(update={"sha256": sha256(broken / "model.tflite")}).write(broken / "manifest.json")
    Candidates(answers=[answer([BOTH[0], ("names", "tiny", "broken")], BOTH)]).write(sets.candidates)
    assert [each.verdict for each in run(sets).sets] == ["missing", "valid"]
    [[found], _] = decide(sets.candidates, Report())
    assert (found.kind, [each.files[1].variant for each in found.sets]) == ("recommended", ["fp32", "broken"])
    assert found.sets[1].reason.startswith("measured together: missing: the program there failed, was killed")


def test_what_cannot_be_true_is_no_answer(sets: TogetherInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    honest = TimedTogether.of_file

    def smaller(told: TimedTogether, place: int) -> object:
        cold, timed = honest(told, place)
        return cold.model_copy(update={"peak_rss_mb": 1e7}), timed

    monkeypatch.setattr(TimedTogether, "of_file", smaller)
    [of_set] = run(sets).sets
    assert of_set.verdict == "implausible"
    assert of_set.reason.startswith("tiny: cold.peak_rss_mb: 10000000; the device has ")
    [mine, *_], _ = decide(sets.candidates, Report())
    assert mine.kind == "none_fits"
    assert "measured together: implausible: tiny: cold.peak_rss_mb" in mine.sentence


def test_too_few_samples_do_not_count(sets: TogetherInputs, monkeypatch: pytest.MonkeyPatch) -> None:
    of_device = Session.measure_together
    more = sets.settings.model_copy(update={"minimum_samples": 1000})

    def with_other_settings(session: Session, *arguments: object) -> object:
        session._settings = sets.settings
        return of_device(session, *arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(Session, "measure_together", with_other_settings)
    [of_set] = run(replace(sets, settings=more)).sets
    assert (of_set.verdict, of_set.reason) == ("too_short", "24 inferences; 1000 are needed")


def test_a_device_without_a_set_is_left_alone(sets: TogetherInputs) -> None:
    away = Device(ssh="no-such-host.invalid")
    found = run(replace(sets, device="a third", entry=away))
    assert (found.sets, found.facts) == ([], None)
    assert decide(sets.candidates, Report())[0][0].sets[0].measured == {}


def test_a_device_that_does_not_answer_leaves_nothing(sets: TogetherInputs) -> None:
    away = Device(ssh="127.0.0.1", port=1)
    with pytest.raises(DeviceError):
        run(replace(sets, entry=away))
    assert not (sets.candidates.parent / "together").exists()


def test_changed_samples_are_refused(sets: TogetherInputs) -> None:
    run(sets)
    samples = sets.candidates.parent / "together/small board.csv"
    samples.write_text(samples.read_text() + "\n")
    with pytest.raises(RecordError, match="changed after it was made"):
        decide(sets.candidates, Report())


def test_answers_that_are_not_the_hosts_do_not_count(sets: TogetherInputs) -> None:
    host = sets.export / "tiny/tiny/fp32/host_predictions.csv"
    table = pd.read_csv(host, dtype=str).assign(predicted="NEUTRAL")
    table.to_csv(host, index=False)
    Made.seal(host)
    [of_set] = run(sets).sets
    assert of_set.verdict == "quality_fail"
