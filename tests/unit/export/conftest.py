"""Small trained models on disk, and the tweets to export them with."""

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from tf_keras.utils import set_random_seed

from replite.config.data import Cleaning
from replite.config.export import Export, Variant
from replite.config.train import Model, Training
from replite.export.inputs import ExportInputs, ExportJob, Traced, TraceJob
from replite.export.trace import trace
from replite.train.checkpoint import create
from replite.train.fit import FineTuning
from tests.unit.conftest import LABELS, TINY_BERT

TINY_MOBILEBERT = TINY_BERT | {
    "model_type": "mobilebert",
    "embedding_size": 32,
    "intra_bottleneck_size": 32,
    "num_feedforward_networks": 1,
    "normalization_type": "layer_norm",
}
ENVIRONMENTS = Path(__file__).parents[3] / ".replite/runtimes"
"""What `make runtimes` makes."""


class Models:
    """Fine-tunes a model of an architecture."""

    def __init__(self, train: pd.DataFrame, validation: pd.DataFrame, folder: Path) -> None:
        self.train, self.validation, self.folder = train, validation, folder
        train.to_parquet(folder / "train.parquet")
        validation.to_parquet(folder / "validation.parquet")

    def inputs(self, architecture: dict[str, Any], folder: Path, reads: str = "pair") -> ExportInputs:
        """What an export of the model needs."""
        set_random_seed(0)
        entry = Model.model_validate({"architecture": architecture, "max_length": 24, "input": reads})
        classifier = create(entry, Cleaning(), LABELS, list(self.train["text"]), folder / "vocabulary")
        FineTuning(
            classifier,
            train=self.train,
            validation=self.validation,
            settings=Training(epochs=4, batch_size=16, learning_rate=1e-2),
            seed=0,
            folder=folder / "resume",
            fingerprint="",
            name="tiny",
        ).run()
        classifier.save(folder / "checkpoint")
        traced = Traced(folder / "traced")
        train, validation = self.folder / "train.parquet", self.folder / "validation.parquet"
        trace(trace_job(), folder / "checkpoint", train, validation, traced)
        return ExportInputs(traced.folder, validation, ENVIRONMENTS, train)


@pytest.fixture(scope="session")
def models(train_split: pd.DataFrame, validation_split: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Models:
    return Models(train_split, validation_split, tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="session")
def bert(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    return models.inputs(TINY_BERT, tmp_path_factory.mktemp("bert"))


@pytest.fixture(scope="session")
def mobilebert(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    return models.inputs(TINY_MOBILEBERT, tmp_path_factory.mktemp("mobilebert"))


@pytest.fixture(scope="session")
def no_norm(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    """MobileBERT as it was published: without LayerNorm."""
    return models.inputs(TINY_MOBILEBERT | {"normalization_type": "no_norm"}, tmp_path_factory.mktemp("no-norm"))


@pytest.fixture(scope="session")
def averaged(models: Models, tmp_path_factory: pytest.TempPathFactory) -> ExportInputs:
    shape = {"model_type": "averaged", "vocab_size": 200, "hidden_size": 32, "hidden_dropout_prob": 0.0}
    return models.inputs(shape, tmp_path_factory.mktemp("averaged"))


def job(variant: str, entry: Variant, **settings: Any) -> ExportJob:
    return ExportJob(
        dataset="tweets", model="tiny", variant=variant, entry=entry, settings=Export.model_validate(settings), seed=0
    )


def trace_job(batch_size: int = 1, **settings: Any) -> TraceJob:
    return TraceJob(dataset="tweets", model="tiny", batch_size=batch_size, settings=Export.model_validate(settings))
