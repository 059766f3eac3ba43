"""The answer in words: one place for the sentences of recommendation.json, the terminal and the page."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence

from replite.config.report import limit_on
from replite.printable import printable
from replite.records.recommendation import Answer, File, FileSet, Recommendation, SetAnswer
from replite.report.text import three_digits
from replite.tasks import Metric

WITHOUT_TRANSFORMER = {
    "majority": "the majority label",
    "topic_majority": "each topic's majority label",
    "chance": "labels at random",
    "lexicon": "a lexicon of the training entities",
    "bag_of_words": "a bag of words",
}
OF_SETS = ("latency_p50_ms", "latency_p95_ms", "peak_rss_mb", "load_ms", "model_mb")
"""The figures that files which run side by side are shown with."""
MOST_TEXTS = 100
"""Times the texts that there are: more of them nobody will label."""


def name(file: File) -> str:
    """The file's name."""
    return f"{file.model} {file.variant}"


def without_transformer(name: str) -> str:
    """The name of a classifier without a transformer; of a task that is not RepLite's own, as the task calls it."""
    return WITHOUT_TRANSFORMER.get(name, name.replace("_", " "))


def figure(title: str, value: float, unit: str = "") -> str:
    """A figure with its unit."""
    return f"{title} {three_digits(value)} {unit}".rstrip()


def described(file: File, metric: Metric) -> str:
    """A file with the figures that matter; the score is that of the test texts on the device."""
    parts = []
    if (score := file.figures.get(metric.column)) is not None:
        low, high = file.intervals.get(metric.column, (score, score))
        parts.append(f"{metric.title} {score:.3f}" + (f" ({low:.3f} to {high:.3f})" if low < high else ""))
    for column in ("latency_p50_ms", "latency_p95_ms", "model_mb", "peak_rss_mb"):
        if column in file.figures:
            limit = limit_on(column)
            parts.append(figure(limit.title, file.figures[column], limit.unit))
    size = int(file.figures.get("batch_size", 1))
    return f"{name(file)}{f', {size} texts at once' if size > 1 else ''}: {', '.join(parts)}"


def _scores(metric: Metric, of_the_subject: float, of_the_other: float) -> str:
    """Two scores by which files are chosen; figures of the test texts stand beside them."""
    return f"validation {metric.title} {of_the_subject:.3f} against {of_the_other:.3f}"


def nothing_learned(baseline: str, metric: Metric, scores: tuple[float, float], *, better: bool, ahead: bool) -> str:
    """Why no file is recommended.

    `scores` are the best file's and the baseline's; `better` tells that the texts show the baseline to be so, `ahead` that the
    file is, though they do not show it.
    """
    beaten, (score, against) = without_transformer(baseline), scores
    if baseline == "bag_of_words":
        said = f"{beaten} is {'better' if better else 'as good'} ({_scores(metric, against, score)})"
    else:
        said = f"no model {'is shown to beat' if ahead else 'beats'} {beaten} ({_scores(metric, score, against)})"
    return f"{said}, so that no file is recommended"


def nothing_valid(device: str, verdicts: Sequence[str]) -> str:
    """Why there is nothing to choose from; `verdicts` are those of all cells."""
    counts = Counter(verdict.replace("_", " ") for verdict in verdicts)
    if len(counts) == 1:
        [verdict] = counts
        return f"every file {'is' if verdict in ('missing', 'unreachable') else 'was'} {verdict} on {device}"
    return f"no file is valid on {device}: {', '.join(f'{count} {verdict}' for verdict, count in counts.most_common())}"


def at_least(figure: str, metric: Metric) -> bool:
    """Whether a limit on the figure is the least that it may be."""
    return metric.larger_is_better if figure == "score" else limit_on(figure).least


def broken(file: File, figure_name: str, limit: float, metric: Metric) -> str:
    """A limit that the file breaks."""
    of, value = limit_on(figure_name), file.figures.get(figure_name)
    bound = f"{'at least' if at_least(figure_name, metric) else 'at most'} {three_digits(limit)} {of.unit}".rstrip()
    if value is None:
        return f"{of.title} not measured, {bound} wanted"
    low, high = file.intervals.get(figure_name, (value, value))
    crossing = f", though its interval, {three_digits(low)} to {three_digits(high)}, crosses that" if low <= limit <= high else ""
    return f"{figure(of.title, value, of.unit)}, {bound} wanted{crossing}"


def set_name(files: FileSet) -> str:
    """The files of a set."""
    return " and ".join(f"{name(file)} for {file.dataset}" for file in files.files)


def no_set(lacking: Mapping[str, str]) -> str:
    """Why there is no set of files: by data set, the answer to each of which no file will do."""
    return "no set: " + "; ".join(f"{dataset}: {sentence}" for dataset, sentence in lacking.items())


def run_together(files: FileSet) -> str:
    """The set to run, with what its files take together and the sums of what each takes."""
    figures = ", ".join(_of_set(files, column) for column in OF_SETS if files.figure(column) is not None)
    scores = ", ".join(f"{file.metric} {file.figures['score']:.3f}" for file in files.files)
    return f"run {set_name(files)} (validation {scores}) in one process: {figures}"


def _of_set(files: FileSet, column: str) -> str:
    """A figure measured together and the sum, or the sum alone."""
    of, total = limit_on(column), files.sums.get(column, math.nan)
    if column in files.measured:
        return f"{figure(of.title, files.measured[column], of.unit)} (sum {three_digits(total)})"
    return f"{figure(of.title, total, of.unit)} (sum)"


def doubts_of_set(files: FileSet) -> list[str]:
    """What weakens the choice of a set."""
    own = [f"{file.dataset}: {doubt}" for file in files.files for doubt in file.doubts]
    return own if files.measured else ["its files were not measured together: the figures are the sums of their own", *own]


def broken_by_set(files: FileSet, column: str, limit: float) -> str:
    """A limit that the files of a set break together, or by their sum."""
    of = limit_on(column)
    said = f"{of.title} not measured" if files.figure(column) is None else _of_set(files, column)
    return f"{said}, at most {three_digits(limit)} {of.unit} wanted"


def no_set_fits(nearest: FileSet, limits: Mapping[str, float], loss: float | None) -> str:
    """Why no set is worth measuring."""
    broken = [column for column, limit in limits.items() if (value := nearest.sums.get(column)) is None or value > limit]
    said = "; ".join(broken_by_set(nearest, column, limits[column]) for column in broken)
    hint = "" if loss is not None else "; 'loss_from_best' would let in files that are worse than the best"
    return f"no set of files fits; nearest: {set_name(nearest)} ({said}){hint}"


def no_set_is_left(first: FileSet) -> str:
    """Why none of the sets that were measured will do."""
    return f"no set of files fits; nearest: {set_name(first)} ({first.reason})"


def not_preferred(files: FileSet, best: FileSet, columns: Sequence[str]) -> str:
    """A set that fits, beside the one that is taken."""
    column = next((each for each in columns if files.figure(each) is not None), columns[-1])
    return f"fits too: {_of_set(files, column)} against {three_digits(best.figure(column) or 0)}"


def crosses(figure_name: str, limit: float, low: float, high: float) -> str:
    """An interval that holds the limit."""
    of = limit_on(figure_name)
    interval = f"{three_digits(low)} to {three_digits(high)} {of.unit}".rstrip()
    return f"the 95 % interval of {of.title}, {interval}, crosses {figure('the limit', limit, of.unit)}"


def disturbed(percent: float) -> str:
    """A run that was disturbed less than its rule forbids."""
    return f"{percent:.0f} % of the time another process waited: measure again"


def worse(metric: Metric, lost: float, p: float, texts: int) -> str:
    """A file that the texts show to be worse than the best."""
    return f"{metric.title} worse by {three_digits(lost)} on {texts:,} validation texts (p {p:.2g}, corrected for all pairs)"


def as_good(file: File, pick: File, columns: Sequence[str]) -> str:
    """A file that cannot be told from the best, and is not preferred: by the first of the columns that both have."""
    said = ["as good"]
    for column in columns:
        of, own, of_pick = limit_on(column), file.figures.get(column), pick.figures.get(column)
        if own is not None and of_pick is not None:
            return "; ".join([*said, f"{of.title} {three_digits(own)} against {three_digits(of_pick)} {of.unit}"])
        if own is None:
            said.append(f"{of.title} not measured")
    return "; ".join(said)


def not_shown_to_beat(baseline: str, metric: Metric, score: float, against: float) -> str:
    """A file that is as good as the best, of which some, unlike this one, beat the baselines."""
    return f"not shown to beat {without_transformer(baseline)} ({_scores(metric, score, against)})"


def more_texts(more: float, texts: int, shown: str) -> str:
    """How many would settle it, in that `shown` would be; empty where nothing in reach would."""
    if not 0 < more <= MOST_TEXTS * texts:
        return ""
    digits = 10 ** max(math.floor(math.log10(more)) - 1, 0)
    about = math.ceil(more / digits) * digits
    return f"about {about:,} more validation text{'s' if about > 1 else ''} would {shown} at this difference"


LINES = 5
"""Of the terminal for a device."""


def lines(recommendation: Recommendation, document: str) -> list[str]:
    """The answers for the terminal, five lines at most for a device and data set, or data sets; `document` holds all."""
    groups: dict[tuple[str, str], list[Answer | SetAnswer]] = {}
    for answer in recommendation.answers:
        groups.setdefault((answer.device, answer.dataset), []).append(answer)
    for of_sets in recommendation.together:
        groups.setdefault((of_sets.device, " and ".join(of_sets.datasets)), []).append(of_sets)
    return [printable(line) for (_, data), answers in groups.items() for line in _of_device(data, answers, document)]


def _of_device(data: str, answers: Sequence[Answer | SetAnswer], document: str) -> list[str]:
    first = answers[0]
    said: dict[str, list[str]] = {}
    for answer in answers:
        said.setdefault(answer.sentence, []).append(answer.budget)
    doubts = list(dict.fromkeys(doubt for answer in answers for doubt in answer.doubts))
    body = [f"  {', '.join(budgets)}: {sentence}" for sentence, budgets in said.items()]
    body += [f"  but {doubt}" for doubt in doubts]
    room = LINES - 1
    rest = [f"  and {len(body) - room + 1} lines more: {document}"] if len(body) > room else []
    heading = f"{first.device}{' (simulated)' if first.simulated else ''}, {data}"
    return [heading, *body[: room - len(rest)], *rest]
