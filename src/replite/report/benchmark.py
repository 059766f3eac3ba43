"""benchmark.csv: one row a cell, tidy, units in the column names, MB of 10^6 bytes."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import ConfigDict, ValidationError

from replite.files import write_text
from replite.records.measure import Verdict
from replite.records.record import Record
from replite.report.errors import ReportError
from replite.tasks import metrics, primary

Kind = Literal["board", "simulated", "emulated", "not measured"]
"""The kinds of devices, whose figures are never mixed; what one is that never answered, nobody told."""


class Row(Record):
    """The columns. What was not measured, or measured in a cell that is not valid, is blank."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, float | None]
    """The metrics of the data sets' tasks (`metric_columns`), and those of the studies that are on."""

    dataset: str
    """The data set's name."""
    model: str
    """The model's name."""
    variant: str
    """The variant's name."""
    device: str
    """The device's name."""
    task: str | None = None
    """The data set's task."""
    simulated: bool | None = None
    """True for a machine with limits, false for a board."""
    emulated: bool | None = None
    """True where the processor is emulated: times and memory are then no measurements, and left blank."""
    verdict: Verdict
    """`valid`, or the first reason why the cell does not count; `missing`: no record."""
    reason: str = ""
    """The failing rule with its figures."""

    agreement: float | None = None
    """The answers' agreement with the host's for the same file: of one label, the share of the texts with the same."""

    margin_kept: float | None = None
    """The share that the file keeps of the margin of the data set's best float model over the best file of at most 1 MB on the
    device, (file - tiny) / (float - tiny) in the primary metric, on the device's texts: what is left of what a transformer is
    worth. Best is what the validation texts say; blank without a file so small, or where the float model is no better."""
    margin_kept_low: float | None = None
    """Lower end of its 95 % interval, by the bootstrap over the texts; it and the next are blank where the margin is not sure."""
    margin_kept_high: float | None = None
    """Upper end."""
    margin_over: str | None = None
    """That small file: its model and variant."""

    quantization: str | None = None
    """The file's quantization, as the variant names it."""
    batch_size: int | None = None
    """Texts that the file takes at once. Of more than one, what is said below of one text or one inference is meant of a whole
    batch: latencies are those of all its texts together, and intervals and percentiles are over batches."""
    model_mb: float | None = None
    """Size of the file."""
    disk_mb: float | None = None
    """Size of all that a device keeps of a model: the file and its vocabulary."""
    parameters: int | None = None
    """Weights of the float model."""

    load_ms: float | None = None
    """Opening the file, which is in the device's memory, and allocating its tensors; of several repeats the median."""
    first_ms: float | None = None
    """The first inference thereafter, likewise."""
    load_cold_ms: float | None = None
    """Opening the file, which is on the disk only, likewise; blank where the device's kernel did not drop its copy in memory."""
    first_cold_ms: float | None = None
    """The first inference thereafter, likewise."""
    engine: str | None = None
    """What ran the file: `interpreter`, which packs the weights for each input length, or LiteRT's `compiled_model`, which packs
    them once."""
    weights: str | None = None
    """The packed weights: one copy for `each` input length, one for all in `memory`, or one in a `file` that the device keeps."""
    no_cache: str | None = None
    """The reason why there is no such file though there was to be one: `read_only` or `foreign` folder, `no_room`, `failed`."""
    cache_mb: float | None = None
    """Size of that file, which a device keeps beside the model."""
    packing_ms: float | None = None
    """Opening the model's file, and allocating its tensors, where the weights were packed into that file: once on a device."""
    latency_p50_ms: float | None = None
    """Median of tokenization plus inference of one text."""
    latency_p50_low_ms: float | None = None
    """Lower end of the median's 95 % interval (statistics.py says how); blank where there are too few samples for one."""
    latency_p50_high_ms: float | None = None
    """Upper end."""
    latency_p90_ms: float | None = None
    """90th percentile of tokenization plus inference; its interval's ends likewise, and those of the next two."""
    latency_p90_low_ms: float | None = None
    latency_p90_high_ms: float | None = None
    latency_p95_ms: float | None = None
    """95th percentile."""
    latency_p95_low_ms: float | None = None
    latency_p95_high_ms: float | None = None
    latency_p99_ms: float | None = None
    """99th percentile."""
    latency_p99_low_ms: float | None = None
    latency_p99_high_ms: float | None = None
    latency_p90_supported: bool | None = None
    """True where the samples are enough for the 90th percentile by MLPerf Inference's early stopping."""
    latency_p95_supported: bool | None = None
    """The same for the 95th."""
    latency_p99_supported: bool | None = None
    """The same for the 99th."""
    latency_p50_lowest_repeat_ms: float | None = None
    """Median of the repeat where it is lowest: what differs from run to run."""
    latency_p50_highest_repeat_ms: float | None = None
    """Median of the repeat where it is highest."""
    latency_paused_p50_ms: float | None = None
    """Median of tokenization plus inference of one text that comes alone after a pause of `measure.pause_seconds`, with cold
    caches and clocked-down processors, over all repeats; blank where none is configured."""
    latency_paused_p95_ms: float | None = None
    """95th percentile of the same."""
    inference_p50_ms: float | None = None
    """Median of inference alone."""
    inference_p95_ms: float | None = None
    """95th percentile of inference alone."""
    tokenize_p50_ms: float | None = None
    """Median of cleaning and tokenization alone."""
    decode_p50_ms: float | None = None
    """Median of the decision alone, by which a model's output becomes an answer; it is no part of a latency."""
    tweets_per_second: float | None = None
    """Samples divided by the sum of the latencies: of a file that takes several texts at once, what it gives where as many are
    waiting (MLPerf's Offline scenario), and not where they come one by one."""
    sustained_first_tweets_per_s: float | None = None
    """Texts per second in the first ten seconds of a run of minutes, where one is configured."""
    sustained_last_tweets_per_s: float | None = None
    """In the last ten: less, where heat slowed the device down."""
    peak_rss_mb: float | None = None
    """Peak resident memory of a process that loads the file and classifies: of several repeats the largest."""
    peak_rss_low_mb: float | None = None
    """That of the repeat where it is smallest; blank for a single one, as the next."""
    peak_rss_high_mb: float | None = None
    """That of the repeat where it is largest."""
    anonymous_rss_mb: float | None = None
    """What of it is not mapped from a file, at the process's end; a limit of memory counts this."""
    file_rss_mb: float | None = None
    """What of it is mapped from files: programs, the model, and the file of packed weights."""

    energy_source: str | None = None
    """The sensor or meter that told of energy."""
    idle_w: float | None = None
    """Mean power while the device was left idle."""
    joules_per_tweet: float | None = None
    """Energy of a text beyond that."""
    joules_per_tweet_low: float | None = None
    """Lower end of its 95 % interval, by batch means, without the sensor's own error."""
    joules_per_tweet_high: float | None = None
    """Upper end of its 95 % interval."""

    repeats: int | None = None
    """Runs of the file, each in new processes."""
    tweets: int | None = None
    """Test texts run in each repeat."""
    truncated: int | None = None
    """Those of them that were cut at the model's length."""
    samples: int | None = None
    """Timed texts, repetitions included."""
    tokens_p50: float | None = None
    """Median number of word pieces of a text's input."""
    tokens_max: float | None = None
    """Largest number of word pieces."""

    threads: int | None = None
    """Threads of the runtime."""
    runtime: str | None = None
    """The TFLite runtime."""
    runtime_version: str | None = None
    """Its version."""
    architecture: str | None = None
    """The device's instruction set, as `uname -m` gives it."""
    board: str | None = None
    """The device's board."""
    processor: str | None = None
    """The device's processor."""
    cores: int | None = None
    """Processors that the process could use."""
    processors: str | None = None
    """Their numbers."""
    governor: str | None = None
    """The rule by which Linux sets their frequency; it and the next columns are blank where the device does not tell."""
    frequency_p50_mhz: float | None = None
    """Median of their mean frequency during the runs."""
    temperature_max_c: float | None = None
    """The hottest that the device was before and during the runs, in degrees Celsius."""
    throttle_bits: str | None = None
    """A Raspberry Pi's throttle bits, hexadecimal."""
    throttle_events: int | None = None
    """Times that heat slowed x86 processors down meanwhile."""
    load_before: float | None = None
    """Mean number of runnable processes in the minute before the first run."""
    cpu_pressure_max_percent: float | None = None
    """PSI: the largest share of ten seconds in which some process waited for a processor."""
    memory_pressure_max_percent: float | None = None
    """The same for memory."""
    memory_mb: float | None = None
    """Memory of the device."""
    memory_limit_mb: float | None = None
    """Memory that the process could allocate, where limited."""
    model_sha256: str | None = None
    """Hash of the file."""
    test_sha256: str | None = None
    """Hash of the test split."""
    samples_sha256: str | None = None
    """Hash of the raw samples."""


COLUMNS = list(Row.model_fields)
TIMES_AND_MEMORY = [column for column in COLUMNS if column.endswith(("_ms", "_per_second", "_per_s", "_rss_mb"))]
"""Columns that are blank for an emulated device."""


def metric_columns(tasks: Iterable[str]) -> dict[str, str]:
    """The meaning of these tasks' columns: the primary metrics on the validation texts, then all metrics on the device's."""
    names = list(dict.fromkeys(tasks))
    chosen_by = {
        validation(
            metric.column
        ): f"{metric.meaning} On the validation texts that the file was checked with: files are chosen by it."
        for metric in map(primary, names)
    }
    primaries = {metric.column for metric in map(primary, names)}
    of_device: dict[str, str] = {}
    for metric in metrics(names):
        of_device[metric.column] = metric.meaning
        if metric.column in primaries:
            low, high = interval_columns(metric.column)
            of_device[low] = f"Lower end of the 95 % interval of `{metric.column}`, by the bootstrap over the texts."
            of_device[high] = "Upper end."
    return chosen_by | of_device


def interval_columns(column: str) -> tuple[str, str]:
    """The columns of the ends of a figure's interval."""
    name, unit = (column[:-3], column[-3:]) if column.endswith(("_ms", "_mb")) else (column, "")
    return f"{name}_low{unit}", f"{name}_high{unit}"


def validation(column: str) -> str:
    """The column of a metric on the validation texts."""
    return f"validation_{column}"


def to_frame(rows: Iterable[Row], of_tasks: Iterable[str] = (), of_studies: Iterable[str] = ()) -> pd.DataFrame:
    """The rows as a table: identity, the columns of tasks, the others of `Row`, those of studies; whole numbers stay whole."""
    first = COLUMNS.index("reason") + 1
    columns = dict.fromkeys([*COLUMNS[:first], *of_tasks, *COLUMNS[first:], *of_studies])
    return pd.DataFrame([row.model_dump() for row in rows], columns=list(columns)).convert_dtypes(convert_floating=False)


def to_csv(benchmark: pd.DataFrame) -> str:
    """The table as CSV, six significant digits."""
    return benchmark.to_csv(index=False, float_format="%.6g", lineterminator="\n")


def write_benchmark(path: Path, benchmark: pd.DataFrame) -> None:
    """Write the table as CSV, whole or not at all."""
    write_text(path, to_csv(benchmark))


def read_benchmark(path: Path) -> pd.DataFrame:
    """The table in `path`. Raises `ReportError` that names the line and the column at fault."""
    try:
        table = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ReportError(f"{path}: not readable as CSV: {error}") from None
    rows = (_row(path, line, values) for line, values in enumerate(table.to_dict("records"), start=2))
    further = [str(column) for column in table if column not in COLUMNS]
    of_tasks = [column for column in further if column in metric_columns(task for task in table.get("task", ()) if task)]
    return to_frame(rows, of_tasks, further)


def _row(path: Path, line: int, values: dict) -> Row:
    try:
        return Row.model_validate({column: value for column, value in values.items() if value != ""})
    except ValidationError as error:
        first = error.errors()[0]
        raise ReportError(f"{path}: line {line}, column '{first['loc'][0]}': {first['msg']}; merge the cells again") from None


def valid_cells(benchmark: pd.DataFrame) -> pd.DataFrame:
    """The rows that count."""
    return benchmark[benchmark["verdict"] == "valid"]


def not_emulated(benchmark: pd.DataFrame) -> pd.DataFrame:
    """The rows whose times and memory, if any, are measurements; a cell without a record is of its device's kind."""
    emulated = benchmark["emulated"].astype("boolean").fillna(False).astype(bool)
    return benchmark[~benchmark["device"].isin(benchmark.loc[emulated, "device"])]


def kinds(benchmark: pd.DataFrame) -> dict[str, Kind]:
    """The kind of each device, in their order; a cell without a record is of its device's."""
    told = benchmark[["simulated", "emulated"]].astype("boolean").groupby(benchmark["device"], sort=False).max()
    return {str(device): _kind(*row) for device, *row in told.itertuples(name=None)}


def _kind(simulated: bool | None, emulated: bool | None) -> Kind:
    if pd.isna(simulated):
        return "not measured"
    if not pd.isna(emulated) and emulated:
        return "emulated"
    return "simulated" if simulated else "board"


def one_at_a_time(benchmark: pd.DataFrame) -> pd.DataFrame:
    """The rows whose latencies are those of one text."""
    return benchmark[benchmark["batch_size"].fillna(1).eq(1).astype(bool)]


def timed_cells(benchmark: pd.DataFrame) -> pd.DataFrame:
    """The rows that count, times and memory included."""
    return valid_cells(not_emulated(benchmark))
