"""A device that tells what cannot be true gives no figure: its cell says what, and stops nothing."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from replite.config.measure import Device, EnergySource, Measure, Simulated
from replite.files import sha256
from replite.records.export import Manifest
from replite.records.measure import Cell
from tests.devices.conftest import HOSTILE, LABELS, Inputs, joined, measure, workplace

TWEETS = len(HOSTILE)
PASSES = 50


@dataclass(frozen=True)
class Honest:
    """A real run, from which lies are made."""

    inputs: Inputs
    folder: Path
    """With 0.json and 0.csv."""

    def told(self, folder: Path, **lies: Callable[[Any], Any]) -> Cell:
        """The cell if the device had told this instead, all hashes right: `samples` changes the table, `record` the JSON."""
        shutil.copytree(self.folder, folder)
        record, table = folder / "0.json", folder / "0.csv"
        if "samples" in lies:
            samples = pd.read_csv(table)
            changed = lies["samples"](samples)
            (samples if changed is None else changed).to_csv(table, index=False)
        content = json.loads(record.read_text())
        if "record" in lies:
            lies["record"](content)
        content["identity"]["outputs"]["0.csv"] = sha256(table)
        del content["seal"], content["schema_version"]
        seal = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
        record.write_text(json.dumps({"schema_version": 2, **content, "seal": seal}))
        return joined(self.inputs, [record], folder / "cell.csv", folder / "cell.json")


@pytest.fixture(scope="module")
def honest(exported: Path, split: Path, tweets: Path, host_predictions: Path, tmp_path_factory: pytest.TempPathFactory) -> Honest:
    folder = tmp_path_factory.mktemp("honest")
    measured = Measure(
        tweets=None,
        warmup=1,
        minimum_samples=TWEETS * PASSES,
        minimum_seconds=0,
        connect_seconds=10,
        sustained_seconds=0.2,
        pause_seconds=0.01,
        pause_samples=TWEETS,
    )
    entry = Device(simulated=Simulated(cpus=1, memory_mb=1024, server="asyncssh"), energy=EnergySource())
    folders = workplace(folder / "state")
    inputs = Inputs("board", entry, measured, exported, tweets, folders, split, host_predictions)
    assert measure(inputs, folder / "run.csv", folder / "run.json").verdict == "valid"
    return Honest(inputs, folder / "run")


def change(*keys: str | int, to: Any) -> Callable[[Any], None]:
    """A change of one value of the record; a function is given what stands there."""

    def lie(content: Any) -> None:
        *groups, last = keys
        for key in groups:
            content = content[key]
        content[last] = to(content[last]) if callable(to) else to

    return lie


def counter(values: Callable[[int], tuple[int, int]]) -> Callable[[Any], None]:
    """An energy counter's value and its end at each reading."""

    def lie(content: Any) -> None:
        for number, state in enumerate(content["runs"]["timed"]["states"]):
            state["energy_counters"] = {"package-0": dict(zip(("microjoules", "wraps_at"), values(number), strict=True))}

    return lie


def after_pauses(**values: float) -> Callable[[Any], None]:
    """The same of every text that came after a pause."""

    def lie(content: Any) -> None:
        for text in content["runs"]["paused"]["texts"]:
            text.update(values)

    return lie


TIMED, COLD, FACTS = ("runs", "timed"), ("runs", "cold"), ("facts",)
LIES_OF_RECORDS: dict[str, tuple[Callable[[Any], object], str]] = {
    "negative memory": (change(*COLD, "peak_rss_mb", to=-5), r"runs\.cold\.peak_rss_mb -5: .* greater than or equal to 10"),
    "no memory": (change(*COLD, "peak_rss_mb", to=0.001), r"runs\.cold\.peak_rss_mb 0\.001: .* greater than or equal to 10"),
    "more memory than there is": (change(*COLD, "peak_rss_mb", to=1e8), r"cold\.peak_rss_mb: 1\d+; the device has \d+ MB"),
    "infinite memory": (change(*COLD, "peak_rss_mb", to=float("inf")), r"runs\.cold\.peak_rss_mb inf: .* finite number"),
    "memory that is a word": (change(*COLD, "peak_rss_mb", to="much"), r"runs\.cold\.peak_rss_mb 'much': .* valid number"),
    "negative load time": (change(*TIMED, "load_ms", to=-7), r"runs\.timed\.load_ms -7: .* greater than or equal to 0"),
    "absurd load time": (change(*TIMED, "load_ms", to=1e9), r"runs\.timed\.load_ms 1000000000\.0: .* less than or equal to"),
    "load beyond the readings": (
        change(*TIMED, "load_ms", to=9e5),
        r"timed\.load_ms and first_ms: 900\.\d\d s in all; \d+\.\d\d s",
    ),
    "cold load beyond the clock": (
        change(*COLD, "load_ms", to=9e5),
        r"cold\.load_ms and first_ms: 900\.\d\d s in all; .* this machine's",
    ),
    "first inference of no number": (change(*TIMED, "first_ms", to=float("nan")), r"runs\.timed\.first_ms nan: .* finite number"),
    "more processors": (change(*TIMED, "affinity", to=list(range(64))), r"timed\.affinity: processors 0, .*; the device has 1"),
    "a processor twice": (change(*TIMED, "affinity", to=[0, 0]), r"timed\.affinity: processors 0, 0; the device has 1"),
    "an engine of its own": (
        change(*TIMED, "engine", "engine", to="gpu"),
        r"runs\.timed\.engine\.engine 'gpu': .*compiled_model",
    ),
    "another engine later": (
        change(*COLD, "engine", to={"engine": "interpreter", "weights": "each"}),
        r"cold\.engine: interpreter; the timed run had compiled_model",
    ),
    "an engine that the runtime has not": (
        change(*FACTS, "runtime", to="tflite-runtime"),
        r"engine: .*; tflite-runtime has none",
    ),
    "weights that the engine has not": (
        change(*COLD, "engine", "weights", to="each"),
        r"cold\.engine\.weights: each of compiled_m",
    ),
    "packed weights without a file": (
        change(*TIMED, "engine", "cache_mb", to=None),
        r"timed\.engine\.cache_mb: None where .*: file",
    ),
    "parts beyond the whole": (
        change(*COLD, "anonymous_rss_mb", to=9e4),
        r"cold\.anonymous_rss_mb and file_rss_mb: 900\d\d; cold\.peak_rss_mb is \d+",
    ),
    "no runtime": (change(*FACTS, "runtime", to="nothing"), r"facts\.runtime 'nothing': .*ai-edge-litert"),
    "no processor": (change(*FACTS, "cores", to=0), r"facts\.cores 0: .* greater than or equal to 1"),
    "no readings": (change(*TIMED, "states", to=[]), r"runs\.timed\.states \[\]: .* at least 1 item"),
    "no readings in the run": (
        change(*TIMED, "states", to=lambda all_: all_[:1]),
        r"timed\.states: 1 readings while idle and 0 in",
    ),
    "readings backwards": (
        change(*TIMED, "states", -1, "seconds_since_start", to=0.0),
        r"timed\.states: a reading at .* after one",
    ),
    "readings beyond the run": (
        change(*TIMED, "states", -1, "seconds_since_start", to=9e5),
        r"timed\.states: a reading at .* after",
    ),
    "a start before the run": (change(*TIMED, "started_seconds", to=0.0), r"timed\.states: a reading at 0\.000 s .* after one"),
    "below absolute zero": (
        change(*TIMED, "states", 0, "temperature_c", to=-300),
        r"runs\.timed\.states\.0\.temperature_c -300: .* greater than or equal to -100",
    ),
    "100 GHz": (change(*TIMED, "states", 0, "frequency_mhz", to=1e5), r"frequency_mhz 100000\.0: .* less than or equal to 20000"),
    "10 kW": (change(*TIMED, "states", 0, "power_w", to={"VDD_IN": 1e4}), r"power_w\.VDD_IN 10000\.0: .* less than or equal to"),
    "negative throttling": (
        change(*TIMED, "states", 0, "throttle_events", to=-1),
        r"throttle_events -1: .* greater than or equal",
    ),
    "throttle bits in words": (change(*TIMED, "states", 0, "throttled", to="none"), r"throttled 'none': .* match pattern"),
    "pressure": (change(*TIMED, "states", 0, "cpu_pressure_10s", to=250), r"cpu_pressure_10s 250: .* less than or equal to 100"),
    "windows beyond the clock": (
        change("runs", "sustained", "windows", 0, "seconds", to=9e5),
        r"sustained\.windows: 9\d+\.\d\d s in all; \d+\.\d\d s passed by this machine's clock",
    ),
    "windows backwards": (
        change("runs", "sustained", "windows", 0, "state", "seconds_since_start", to=50),
        r"sustained\.windows: one ends at 0\.\d+ s, after one that ends at 50\.000 s",
    ),
    "no seconds": (change("runs", "sustained", "windows", 0, "seconds", to=0), r"windows\.0\.seconds 0: .* greater than 0"),
    "a rate beyond the model": (
        change("runs", "sustained", "windows", 0, "tweets", to=10**12),
        r"sustained\.windows: \d.* texts/s; by the timed run \d+\.\d are the most",
    ),
    "a text fewer": (change("runs", "paused", "texts", to=lambda all_: all_[1:]), r"paused\.texts: 7; 8 were to be classified"),
    "no pause": (after_pauses(waited_seconds=0.0), r"paused\.texts: a pause of 0\.000 s; each was to be 0\.01 s"),
    "pauses beyond the clock": (
        after_pauses(waited_seconds=9e3),
        r"paused\.texts: 72\d+\.\d\d s in all; \d+\.\d\d s passed by this machine's clock",
    ),
    "a text beyond the clock": (
        after_pauses(tokenize_ms=9e5),
        r"paused\.texts: 72\d\d\.\d\d s in all; \d+\.\d\d s passed by this machine's clock",
    ),
    "faster after a pause": (
        after_pauses(inference_ms=1e-6),
        r"paused\.texts: an inference of 1e-06 ms; by the timed run 0\.0\d+ ms is the least",
    ),
    "one time after all pauses": (
        after_pauses(inference_ms=20.0001),
        r"paused\.texts: inference_ms: 20\.0001 of each of 8 inferences",
    ),
    "no time after a pause": (after_pauses(inference_ms=0), r"runs\.paused\.texts\.0\.inference_ms 0: .* greater than 0"),
    "a field too many": (change(*TIMED, "colour", to="red"), r"runs\.timed\.colour 'red': Extra inputs"),
    "a field too few": (lambda content: content["runs"]["timed"].pop("load_ms"), r"runs\.timed\.load_ms: Field required"),
    "an energy counter beyond its end": (counter(lambda number: (7, 5)), r"package-0 is at 7, and wraps at 5"),
    "an energy counter with two ends": (counter(lambda number: (7, 50 + number)), r"package-0 wraps at 50, then at 51"),
    "energy from nowhere": (
        lambda content: [
            state.update(energy_counters={"package-0": {"microjoules": number * 10**12, "wraps_at": 2**60}})
            for number, state in enumerate(content["runs"]["timed"]["states"])
        ],
        r"timed\.states\.energy_counters: package-0 took \d+ W; 1000 W are the most",
    ),
}


@pytest.mark.parametrize("lie", LIES_OF_RECORDS)
def test_a_record_that_cannot_be_true_is_told_with_value_and_limit(lie: str, honest: Honest, tmp_path: Path) -> None:
    record, told = LIES_OF_RECORDS[lie]
    assert_implausible(honest.told(tmp_path / "told", record=record), told)


def assert_implausible(cell: Cell, told: str) -> None:
    """With the reason and without a figure."""
    assert cell.verdict == "implausible"
    assert re.search(rf"^(repeat 0: )?.*({told})", cell.reason)
    assert (cell.tweets, cell.load_ms, cell.peak_rss_mb, cell.agreement, cell.states) == (0, None, None, None, [])


def column(name: str, value: Callable[[pd.Series], Any], row: int | slice = slice(None)) -> Callable[[pd.DataFrame], None]:
    """A change of a column, in all rows or one."""

    def lie(samples: pd.DataFrame) -> None:
        samples[name] = samples[name].astype(object)
        samples.loc[samples.index[row], name] = value(samples[name].iloc[row])

    return lie


def times_a_thousand(samples: pd.DataFrame) -> None:
    samples[["tokenize_ms", "inference_ms"]] *= 1000


def one_pass_copied(samples: pd.DataFrame) -> None:
    """The fastest, for which there is room."""
    fastest = samples["pass"] == samples.groupby("pass")["inference_ms"].sum().idxmin()
    for name in ("tokenize_ms", "inference_ms"):
        samples[name] = [*samples.loc[fastest, name]] * PASSES


def halves(samples: pd.DataFrame) -> None:
    samples[["p_0", "p_1", "p_2"]] /= 2


def other_answers_later(samples: pd.DataFrame) -> None:
    """Labels by their probabilities, which other labels had before."""
    later = samples["pass"] >= 3
    samples.loc[later, ["p_0", "p_1", "p_2"]] = samples.loc[later, ["p_1", "p_2", "p_0"]].to_numpy()
    samples.loc[later, "predicted"] = samples.loc[later, "predicted"].map(dict(zip(LABELS, [LABELS[-1], *LABELS], strict=False)))


def one_time(samples: pd.DataFrame) -> None:
    """As small as the run leaves room for."""
    samples["inference_ms"] = samples["inference_ms"].min()


def times_by_a_thousand(samples: pd.DataFrame) -> None:
    samples[["tokenize_ms", "inference_ms"]] /= 1000


LIES_OF_SAMPLES: dict[str, tuple[Callable[[pd.DataFrame], object], str]] = {
    "other answers later": (other_answers_later, r"predicted: pass 3 agrees with the first one on \d+\.\d% of the texts"),
    "times a thousand": (times_a_thousand, r"tokenize_ms and inference_ms: \d+\.\d\d s in all; \d+\.\d\d s passed between"),
    "one pass copied": (one_pass_copied, r"tokenize_ms and inference_ms: 49 of 50 passes repeat an earlier one's"),
    "one time": (one_time, r"inference_ms: 0\.\d+ of each of 400 inferences"),
    "a probability of 17.5": (column("p_1", lambda _: 17.5, 3), r"row 3: the probabilities .*17\.5.* are not from 0 to 1"),
    "halves": (halves, r"row 0: the probabilities' sum is 0\.5 away from 1; 0\.022 may be"),
    "another decision": (
        column("predicted", lambda of: LABELS[LABELS.index(str(of)) - 1], 3),
        r"row 3: the answer .* is not the likeliest",
    ),
    "999,999 tokens": (column("tokens", lambda _: 999_999), r"tokens: 999999 of text 0 in pass 0; it is \d+ by this machine's"),
    "a token more": (
        column("tokens", lambda tokens: tokens + 1, 9),
        r"tokens: \d+ of text 1 in pass 1; it is \d+ by this machine's",
    ),
    "negative tokens": (column("tokens", lambda _: -1, 2), r"samples: line 4, tokens: -1 is not a whole number from 0"),
    "another length": (column("length", lambda _: 24), r"length: 24 of text 0 in pass 0; it is 16 by this machine's tokenizer"),
    "truncated seven times": (column("truncated", lambda _: 7), r"truncated: 7 of text 0 in pass 0; it is [01] by"),
    "all truncated": (column("truncated", lambda _: 1), r"truncated: 1 of text \d in pass 0; it is 0 by"),
    "one batch": (column("batch", lambda _: 0), r"samples: texts that ran together have different times|batch: 0 of text 1"),
    "a row missing": (lambda samples: samples.drop(index=9), r"samples: 399 rows are no whole passes over 8 texts"),
    "a pass missing": (lambda samples: samples[samples["pass"] != 3], r"samples: rows are missing or out of order"),
    "a tweet twice": (column("row", lambda _: 0, 1), r"samples: rows are missing or out of order"),
    "a tweet that was not sent": (column("row", lambda _: 99, 1), r"samples: rows are missing or out of order"),
    "negative times": (column("tokenize_ms", lambda ms: -ms), r"samples: line 2, tokenize_ms: -0\.\d+ is not from 0"),
    "no outputs": (lambda samples: samples.drop(columns=["p_0", "p_1", "p_2"]), "there is not a number for each label"),
    "no time of a decision": (column("decode_ms", lambda _: -1), r"samples: line 2, decode_ms: -1 is not from 0"),
    "nothing": (lambda samples: samples[:0], r"samples: 0 rows are no whole passes"),
}


@pytest.mark.parametrize("lie", LIES_OF_SAMPLES)
def test_samples_that_cannot_be_true_are_told_with_value_and_limit(lie: str, honest: Honest, tmp_path: Path) -> None:
    samples, told = LIES_OF_SAMPLES[lie]
    cell = honest.told(tmp_path / "told", samples=samples)
    assert_implausible(cell, told)
    assert pd.read_csv(tmp_path / "told" / "cell.csv").empty


def in_milliseconds(samples: pd.DataFrame) -> None:
    """As a clock that ticks once a millisecond tells them."""
    samples["tokenize_ms"] = 0
    samples["inference_ms"] = 1.0 * (samples["inference_ms"] > 0)


def longer(content: Any, seconds: float = 1) -> None:
    """Room for them."""
    content["runs"]["timed"]["states"][-1]["seconds_since_start"] += seconds
    for window in content["runs"]["sustained"]["windows"]:
        window["tweets"] = 1
    after_pauses(tokenize_ms=0, inference_ms=1)(content)
    content["runs"]["took"]["timed"] += seconds
    content["runs"]["clocks"][1]["device_seconds"] += seconds


def test_less_memory_than_the_weights_take_is_told(honest: Honest, tmp_path: Path) -> None:
    model = shutil.copytree(honest.inputs.model, tmp_path / "large")
    manifest = Manifest.read(model / "manifest.json")
    manifest.model_copy(update={"read_bytes": 10**9}).write(model / "manifest.json")
    large = replace(honest, inputs=replace(honest.inputs, model=model))
    assert_implausible(large.told(tmp_path / "told"), r"cold\.peak_rss_mb: \d+; 500 MB of the file's weights alone have to be in")


def test_times_that_leave_most_of_a_run_empty_are_told(honest: Honest, tmp_path: Path) -> None:
    def slow(content: Any) -> None:
        longer(content, seconds=9)

    assert_implausible(
        honest.told(tmp_path / "told", samples=times_by_a_thousand, record=slow),
        r"tokenize_ms and inference_ms: 0\.00 s in all; at least 0\.\d\d s passed between the device's readings",
    )


def test_a_coarse_clock_is_believed(honest: Honest, tmp_path: Path) -> None:
    cell = honest.told(tmp_path / "told", samples=in_milliseconds, record=longer)
    assert (cell.verdict, cell.reason) == ("valid", "")
    assert honest.told(tmp_path / "unchanged").verdict == "valid"


def places(content: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Where a record holds a value."""
    parts = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, part in parts:
        yield (*at, key)
        yield from places(part, (*at, key))


ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=8), st.just([]), st.just({}), st.just([{}])
)
FEW = settings(max_examples=60, deadline=None)


@FEW
@given(data=st.data())
def test_whatever_a_record_says_the_cell_is_written(honest: Honest, data: st.DataObject) -> None:
    found = [at for at in places(json.loads((honest.folder / "0.json").read_text())) if at[0] in ("facts", "runs", "fault")]
    lie = change(*data.draw(st.sampled_from(found)), to=data.draw(ANYTHING))
    with TemporaryDirectory() as folder:
        cell = honest.told(Path(folder, "told"), record=lie)
        assert Cell.read(Path(folder, "told", "cell.json")) == cell


@FEW
@given(data=st.data())
def test_whatever_samples_say_the_cell_is_written(honest: Honest, data: st.DataObject) -> None:
    def lie(samples: pd.DataFrame) -> None:
        row, name = data.draw(st.integers(0, len(samples) - 1)), data.draw(st.sampled_from(sorted(samples.columns)))
        column(name, lambda _: data.draw(st.one_of(st.integers(), st.floats(), st.text(max_size=8))), row)(samples)

    with TemporaryDirectory() as folder:
        cell = honest.told(Path(folder, "told"), samples=lie)
        assert Cell.read(Path(folder, "told", "cell.json")) == cell


LIES_AT_HOME = {
    "timed.json": (
        'content["load_ms"] = -7',
        r"repeat 0: TimedRun: load_ms -7: .* greater than or equal to 0",
    ),
    "cold.json": ('content["peak_rss_mb"] = -5', r"repeat 0: ColdStart: peak_rss_mb -5: .* equal to 10"),
    "samples.csv": (
        'content = content.replace(",0.9", ",17.9")',
        r"repeat 0: row \d+: the probabilities .*17",
    ),
}
LIAR = """
import json, os
honest = os.replace
def lie(source, target):
    if str(target).endswith("{file}"):
        with open(source) as file:
            content = file.read()
        content = json.loads(content) if target.suffix == ".json" else content
        {lie}
        with open(source, "w") as file:
            file.write(json.dumps(content) if target.suffix == ".json" else content)
    honest(source, target)
os.replace = lie
"""


def liar(folder: Path, file: str, lie: str) -> Path:
    """A Python that changes what the device program writes to `file`, before that takes the hash."""
    folder.mkdir()
    (folder / "sitecustomize.py").write_text(LIAR.format(file=file, lie=lie))
    python = folder / "python"
    python.write_text(f'#!/bin/sh\nPYTHONPATH={folder} exec {sys.executable} "$@"\n')
    python.chmod(0o755)
    return python


@pytest.mark.parametrize("file", LIES_AT_HOME)
def test_a_device_that_lies_gives_a_cell_that_says_so(file: str, inputs: Inputs, tmp_path: Path) -> None:
    lie, told = LIES_AT_HOME[file]
    entry = inputs.entry.model_copy(update={"python": str(liar(tmp_path / "liar", file, lie))})
    cell = measure(replace(inputs, entry=entry), tmp_path / "cell.csv", tmp_path / "cell.json")
    assert cell.verdict == "implausible"
    assert re.search(told, cell.reason)
