"""Sets of files on one device, each in a process of its own there: check the inputs, run, judge, write what came back."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from pathlib import Path
from typing import Annotated

import pandas as pd

from replite.config.measure import Device, Measure
from replite.device.heads import ANSWER
from replite.device.samples import TIMES
from replite.files import atomic
from replite.files.scratch import scratch
from replite.measure import samples
from replite.measure.boards import circuit_breaker, cool_below_c
from replite.measure.errors import ImplausibleError, RunError, SamplesError
from replite.measure.fleet import lock_of
from replite.measure.locked_device import LocalFolders
from replite.measure.plausible import DeviceReport, copied, untrue
from replite.measure.session import Session, open_session
from replite.measure.verdict import Evidence, judge
from replite.records.export import Manifest
from replite.records.measure import DeviceFacts, Runs, RunsTogether, SetRun, Verdict
from replite.records.predictions import read_predictions
from replite.records.recommendation import Candidates, SetName
from replite.records.record import Identity, Made
from replite.tasks import task

COLUMNS = ["pass", "row", "tokens", "length", "truncated", *TIMES, "decode_ms"]


@dataclass(frozen=True)
class TogetherInputs:
    """The sets of files to run and the device to run them on."""

    device: Annotated[str, "the device's name in the configuration"]
    entry: Annotated[Device, "its entry (JSON)"]
    settings: Annotated[Measure, "the configuration's key 'measure' (JSON)"]
    candidates: Annotated[Path, "the sets to run, of all devices (JSON)"]
    data: Annotated[Path, "folder of the results of the stage 'data'"]
    export: Annotated[Path, "folder of the results of the stage 'export'"]
    folders: LocalFolders

    @property
    def sets(self) -> list[SetName]:
        """Those of this device, each once."""
        answers = [answer for answer in Candidates.read(self.candidates).answers if answer.device == self.device]
        return list(dict.fromkeys(files.name for answer in answers for files in answer.sets))


@dataclass(frozen=True)
class _Ran:
    """A file of a set and what the device told of it."""

    folder: Path
    manifest: Manifest
    runs: Runs
    samples: pd.DataFrame


def run_sets(inputs: TogetherInputs, output: Path, record: Path) -> RunsTogether:
    """Run, and write the samples of the sets that count to `output` (CSV), then the rest to `record` (JSON).

    Each is whole or not there. The CSV's columns: `set` (its place in the record), `dataset`, `model`, `variant`, `pass`, `row`
    (the number of the text), `tokens`, `length`, `truncated`, `tokenize_ms`, `inference_ms`, `decode_ms`. A set that the device
    cannot run, or of which it told what cannot be true, is in the record with its verdict. Raises `DeviceError` where the device
    fails otherwise, and `RecordError`, and then writes nothing.
    """
    found = RunsTogether(device=inputs.device, sets=[])
    tables = [pd.DataFrame(columns=["set", "dataset", "model", "variant", *COLUMNS])]
    if names := inputs.sets:
        with (
            circuit_breaker(inputs.device, lock_of(inputs.device, inputs.entry), inputs.folders.state),
            open_session(inputs.device, inputs.entry, inputs.settings, inputs.folders) as session,
        ):
            found.started, found.facts = datetime.now(UTC), session.facts()
            for place, name in enumerate(names):
                run, table = _of_set(inputs, session, found.facts, name)
                found.sets.append(run)
                tables.append(table.assign(set=place))
    with atomic(output) as temporary:
        pd.concat([table for table in tables if len(table)] or tables)[list(tables[0])].to_csv(temporary, index=False)
    decided = [inputs.entry.of_a_run, inputs.settings]
    found.identity = Identity.of(record, inputs=[inputs.candidates], decision=decided, outputs=[output])
    found.write(record)
    return found


def _of_set(inputs: TogetherInputs, session: Session, facts: DeviceFacts, name: SetName) -> tuple[SetRun, pd.DataFrame]:
    """A set's run and its samples, which are none where it does not count."""
    try:
        ran = _run(inputs, session, facts, name)
    except ImplausibleError as error:
        reason = str(error).removeprefix(f"{inputs.device}: ")
        return SetRun(files=[*name], verdict="implausible", reason=reason), pd.DataFrame()
    except (RunError, SamplesError) as error:
        reason = f"{error.reason}; the log of the run has the details"
        return SetRun(files=[*name], verdict="missing", reason=reason), pd.DataFrame()
    verdict, reason = _verdict(inputs.settings, ran)
    run = SetRun(
        files=[*name],
        verdict=verdict,
        reason=reason,
        load_ms=sum(each.runs.timed.load_ms for each in ran),
        peak_rss_mb=ran[0].runs.cold.peak_rss_mb,
    )
    names = [dict(zip(("dataset", "model", "variant"), file, strict=True)) for file in name]
    table = pd.concat([each.samples[COLUMNS].assign(**of) for each, of in zip(ran, names, strict=True)])
    return run, table if verdict == "valid" else pd.DataFrame()


def _run(inputs: TogetherInputs, session: Session, facts: DeviceFacts, name: SetName) -> list[_Ran]:
    """Run the set. Raises `ImplausibleError` if what the device told cannot be true, `RunError`, `SamplesError`."""
    tweets = inputs.data / name[0][0] / "device_tweets.jsonl"
    Made.verify(tweets)
    folders = [inputs.export.joinpath(*file) for file in name]
    models = [(folder, Manifest.read_with_files(folder)) for folder in folders]
    cool = cool_below_c(inputs.entry.cool_down, inputs.entry.board, inputs.folders.state, session.readings)
    told = session.measure_together(models, tweets, cool)
    texts = pd.DataFrame(map(json.loads, tweets.read_text(encoding="utf-8").splitlines()))
    with scratch() as local:
        ran = []
        for (folder, manifest), (content, runs) in zip(models, told, strict=True):
            (local / "samples.csv").write_bytes(content)
            ran.append(_Ran(folder, manifest, runs, samples.read_samples(local / "samples.csv", len(texts), manifest.labels)))
    _check(inputs, facts, texts, ran)
    return ran


def _check(inputs: TogetherInputs, facts: DeviceFacts, texts: pd.DataFrame, ran: Sequence[_Ran]) -> None:
    """Raise `ImplausibleError` if what the device told of one of the files cannot be true."""
    if len({len(each.samples) for each in ran}) > 1:
        raise ImplausibleError("samples: not as many of each file")
    took = [float(each.samples[[*TIMES]].to_numpy().sum()) for each in ran]
    for each, own in zip(ran, took, strict=True):
        alone = each.manifest.model_copy(update={"batch_size": 1})  # as texts come here, whatever the file could take at once
        expected = samples.inputs_of(texts, alone, each.folder / "vocab.txt")
        given = (each.samples, list(texts["text"]), expected)
        told = DeviceReport(inputs.entry, inputs.settings, each.manifest, facts, each.runs, *given, sum(took) - own)
        if fault := untrue(told) or copied([each.samples]):
            raise ImplausibleError(f"{each.manifest.dataset}: {fault}")


def _verdict(settings: Measure, ran: Sequence[_Ran]) -> tuple[Verdict, str]:
    """The verdict on what the files took together; of the first one's answers too, which the host gave to the same texts."""
    times = reduce(pd.DataFrame.add, [each.samples[[*TIMES]] for each in ran])
    together = ran[0].samples.assign(**times)
    for place, each in enumerate(ran):
        answers, tweets = samples.first_answers(each.samples), int(each.samples["row"].max()) + 1
        agreement = 1.0 if place else task(each.manifest.task).agreement(answers, _of_host(each.folder, tweets))
        verdict, reason = judge([Evidence(each.manifest.sha256, tweets, together, each.runs, agreement)], settings)
        if reason:
            break
    return verdict, reason


def _of_host(folder: Path, tweets: int) -> list[str]:
    """The answers of this machine's run of the file to the first texts of its own data set."""
    path = folder / "host_predictions.csv"
    Made.verify(path)
    return read_predictions(path)[ANSWER].tolist()[:tweets]
