"""The seam between the report and a study."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from replite.records.train import TrainMetrics
from replite.report.inputs import FileKey, ReportInputs


@dataclass(frozen=True)
class Study:
    """A study's part of the tables and the page. All its columns hold numbers."""

    of_file: Mapping[str, str]
    """Columns of benchmark.csv and models.csv, and their meanings."""
    of_predictions: Mapping[str, str]
    """Further columns of benchmark.csv, and their meanings."""
    size: Callable[[float], dict[str, float]]
    """The columns `of_file` for a size in MB: the file's, or of models.csv that of the model's fp32 weights."""
    score: Callable[[pd.DataFrame, pd.DataFrame, Sequence[str]], dict[str, float]]
    """The columns `of_predictions` for a cell's tweets (topic_id, label, predicted, p_<LABEL> where there is an output for each
    label), the data set's training tweets (topic_id, label) and the labels' names."""
    sections: Mapping[str, str]
    """Titles of the page's sections by their anchors."""
    file_sizes: Mapping[str, float]
    """Sizes of files in MB that the study speaks of, by what they are: lines in the figure of scores against size."""
    template: str
    """The sections' file below this package's folder."""
    page: Callable[[ReportInputs, pd.DataFrame, Sequence[TrainMetrics], Collection[FileKey]], dict[str, Any]]
    """The template's `shown`, from the earlier stages' files, the benchmark table, the trained models and the files that learned
    nothing."""
