"""All cells' records and samples merged into the benchmark table."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from replite.records.export import Manifest
from replite.records.measure import Cell, Failure
from replite.report.benchmark import TIMES_AND_MEMORY, Row, interval_columns, metric_columns, to_frame, validation
from replite.report.device_state import summarize_states
from replite.report.errors import ReportError
from replite.report.inputs import CellKey, FileKey, ReportInputs
from replite.report.significance import interval
from replite.report.statistics import first_pass, read_samples, summarize
from replite.report.studies.study import Study
from replite.tasks import primary, task

_OF_CELL = {"agreement", "load_ms", "first_ms", "load_cold_ms", "first_cold_ms", "peak_rss_mb", "tweets", "truncated"}
_OF_CELL |= {"anonymous_rss_mb", "file_rss_mb", "engine", "weights", "no_cache", "cache_mb", "packing_ms"}


def merge(
    inputs: ReportInputs,
    failures: Iterable[Path] = (),
    studies: Sequence[Study] = (),
    *,
    training: Mapping[str, pd.DataFrame] = MappingProxyType({}),
) -> pd.DataFrame:
    """The benchmark table: one row for each expected cell, in their order; the columns of `studies` behind the others.

    A cell without a record has the verdict and reason of its failure, or is `missing`; a cell that is not valid keeps its verdict
    and its reason, and its measured figures are blank. Raises `ReportError` for a damaged CSV, a record that is not expected or
    comes twice, and a record of another file than its manifest's, and `RecordError` for a damaged record. Studies need
    `training`, the training tweets of every data set.
    """
    exported, measured = read_manifests(inputs), read_cells(inputs)
    failed = {_key(failure): failure for failure in map(Failure.read, failures)}
    expected = set(inputs.expected)
    surplus = [path for key, (path, _) in measured.items() if key not in expected]
    if surplus:
        raise ReportError(f"{surplus[0]}: a cell that is not expected; leave the record out")
    return to_frame(
        (_row(key, measured.get(key) or failed.get(key), exported.get(key[:3]), studies, training) for key in inputs.expected),
        metric_columns(manifest.task for manifest in exported.values()),
        [column for study in studies for column in (*study.of_file, *study.of_predictions)],
    )


def read_valid_samples(
    cells: Mapping[CellKey, tuple[Path, Cell]], exported: Mapping[FileKey, Manifest]
) -> dict[CellKey, pd.DataFrame]:
    """The raw samples of every valid one of the cells. Raises `ReportError`."""
    return {
        key: read_samples(path, cell)
        for key, (path, cell) in cells.items()
        if cell.verdict == "valid" and _manifest_of(key, path, cell, exported.get(key[:3]))
    }


def _key(record: Cell | Failure) -> CellKey:
    return CellKey(record.dataset, record.model, record.variant, record.device)


def read_cells(inputs: ReportInputs) -> dict[CellKey, tuple[Path, Cell]]:
    """The cells and where their records are. Raises `ReportError` for a cell that comes twice, and `RecordError`."""
    cells: dict[CellKey, tuple[Path, Cell]] = {}
    for path in inputs.records:
        cell = Cell.read(path)
        if (key := _key(cell)) in cells:
            raise ReportError(f"{path}: {key} stands in {cells[key][0]} already; leave one of them out")
        cells[key] = (path, cell)
    return cells


def read_manifests(inputs: ReportInputs) -> dict[FileKey, Manifest]:
    """The manifests by (data set, model, variant). Raises `RecordError`."""
    return {(manifest.dataset, manifest.model, manifest.variant): manifest for manifest in map(Manifest.read, inputs.manifests)}


def _row(
    key: CellKey,
    measured: tuple[Path, Cell] | Failure | None,
    manifest: Manifest | None,
    studies: Sequence[Study],
    training: Mapping[str, pd.DataFrame],
) -> Row:
    columns: dict[str, Any] = {**key._asdict(), **_exported(manifest, studies)}
    if measured is None:
        return Row(
            **columns, verdict="missing", reason="there is no record: the cell was not measured, or its measurement failed"
        )
    if isinstance(measured, Failure):
        return Row(**columns, **measured.model_dump(include={"simulated", "emulated", "verdict", "reason"}))
    path, cell = measured
    columns |= _identity(cell)
    if cell.verdict == "valid":
        columns |= _figures(path, cell, _manifest_of(key, path, cell, manifest), studies, training)
    return Row(**columns)


def _manifest_of(key: CellKey, path: Path, cell: Cell, manifest: Manifest | None) -> Manifest:
    if manifest is None:
        raise ReportError(f"{path}: there is no manifest of {'/'.join(key[:3])}; export it first")
    if cell.model_sha256 != manifest.sha256:
        raise ReportError(f"{path}: measured with another file than the one exported now; measure {key} again")
    return manifest


def _exported(manifest: Manifest | None, studies: Sequence[Study]) -> dict[str, Any]:
    """The columns known of a file before it is measured. Of several runtimes, the one in which it does worst stands for it."""
    if manifest is None:
        return {}
    model_mb, chosen_by = manifest.model_bytes / 1e6, primary(manifest.task)
    figures = [fidelity.figures[chosen_by.column] for fidelity in manifest.fidelity if fidelity.figures]
    return {
        "task": manifest.task,
        "quantization": manifest.quantization,
        "batch_size": manifest.batch_size,
        "model_mb": model_mb,
        "disk_mb": model_mb + manifest.vocabulary_bytes / 1e6,
        "parameters": manifest.parameters,
        validation(chosen_by.column): min(figures, key=chosen_by.merit, default=None),
        **{column: value for study in studies for column, value in study.size(model_mb).items()},
    }


def _identity(cell: Cell) -> dict[str, Any]:
    """The columns known of any cell that has a record: its verdict and device."""
    fields = {"simulated", "emulated", "verdict", "reason", "threads", "model_sha256", "test_sha256", "samples_sha256"}
    facts = {"runtime", "runtime_version", "architecture", "board", "processor", "cores", "memory_mb", "memory_limit_mb"}
    told = cell.facts.model_dump(include=facts) if cell.facts else {}
    return cell.model_dump(include=fields) | told | summarize_states([cell])


def _figures(
    path: Path, cell: Cell, manifest: Manifest, studies: Sequence[Study], training: Mapping[str, pd.DataFrame]
) -> dict[str, Any]:
    """The columns measured in a valid cell; no times and no memory of an emulated device."""
    samples = read_samples(path, cell)
    once = first_pass(samples)
    gold, answers, topics = (once[column].tolist() for column in ("label", "predicted", "topic_id"))
    figures = {
        **task(manifest.task).score(gold, answers, topics, manifest.labels).figures,
        **_score_interval(gold, answers, manifest),
        **cell.model_dump(include=_OF_CELL),
        **_memory(cell, samples["repeat"].nunique()),
        **_paused(cell),
        **_sustained(cell),
        **summarize(samples),
        **_energy(cell),
    }
    for study in studies:
        figures |= study.score(once, training[cell.dataset], manifest.labels)
    return {column: figure for column, figure in figures.items() if not (cell.emulated and column in TIMES_AND_MEMORY)}


def _score_interval(gold: list[str], answers: list[str], manifest: Manifest) -> dict[str, float]:
    if not any(gold):
        return {}
    of_task, columns = task(manifest.task), interval_columns(primary(manifest.task).column)
    return dict(zip(columns, interval(of_task.tallies(gold, answers, manifest.labels), of_task.score_of), strict=True))


def _energy(cell: Cell) -> dict[str, Any]:
    if cell.energy is None:
        return {}
    return {
        "energy_source": cell.energy.source,
        "idle_w": cell.energy.idle_w,
        "joules_per_tweet": cell.energy.joules_per_tweet,
        "joules_per_tweet_low": cell.energy.low,
        "joules_per_tweet_high": cell.energy.high,
    }


def _memory(cell: Cell, repeats: int) -> dict[str, float | None]:
    """The range of the peak memory over several repeats."""
    low, high = interval_columns("peak_rss_mb")
    return {low: cell.lowest_peak_rss_mb, high: cell.peak_rss_mb} if repeats > 1 else {}


def _paused(cell: Cell) -> dict[str, float]:
    """The percentiles of latency after a pause, if there were pauses."""
    latency = [text.latency_ms for text in cell.paused]
    return {f"latency_paused_p{percent}_ms": float(np.percentile(latency, percent)) for percent in (50, 95) if latency}


def _sustained(cell: Cell) -> dict[str, float]:
    """The speed at the beginning and the end of the sustained run, if there was one."""
    if not cell.sustained:
        return {}
    first, last = cell.sustained[0].tweets_per_s, cell.sustained[-1].tweets_per_s
    return {"sustained_first_tweets_per_s": first, "sustained_last_tweets_per_s": last}
