"""Made-up results of the earlier stages, in their layout, for the tests of the report."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from replite.config.data import Cleaning
from replite.data.hygiene import inspect
from replite.files import sha256
from replite.records.data import Card, SplitCard, TopicCard
from replite.records.export import Fidelity, Manifest
from replite.records.measure import Cell, DeviceFacts
from replite.records.predictions import COLUMNS as PREDICTIONS
from replite.records.record import Identity
from replite.records.train import BagOfWordsMetrics, Durations, EpochDuration, Preprocessing, TrainMetrics, WordPieceTokenizer
from replite.report.benchmark import to_frame
from replite.report.figures import drawing
from replite.report.inputs import CellKey, ReportInputs
from replite.report.studies.replab2013.job import Package, evaluate_model
from replite.seeds import summarize
from replite.tasks.one_label.metrics import evaluate, majority_predictions

LABELS = ["NEGATIVE", "NEUTRAL", "POSITIVE"]
HASH = "0" * 64
PREPROCESSING = Preprocessing(
    input="pair",
    max_length=64,
    cleaning=Cleaning(),
    tokenizer=WordPieceTokenizer(
        kind="wordpiece",
        lowercase=True,
        strip_accents=True,
        split_cjk=True,
        unknown="[UNK]",
        first="[CLS]",
        separator="[SEP]",
        padding="[PAD]",
    ),
)
FACTS = DeviceFacts(
    architecture="aarch64",
    kernel="6.6",
    board="Test Board",
    processor="Cortex-T",
    cores=4,
    memory_mb=4000,
    memory_limit_mb=None,
    glibc="2.36",
    python="3.11.2",
    numpy="2.0.0",
    runtime="ai-edge-litert",
    runtime_version="2.0.0",
)

FIDELITY = Fidelity(
    runtime="ai-edge-litert",
    runtime_version="2.0.0",
    tweets=500,
    agreement=0.99,
    largest_difference=0.05,
    figures={"accuracy": 0.8, "macro_f1": 0.7},
)


def samples(tweets: int = 20, passes: int = 2, wrong: int = 5, median_ms: float = 40.0) -> pd.DataFrame:
    """Samples of which the first `wrong` tweets of a pass are labelled NEGATIVE in error."""
    rng = np.random.default_rng(tweets)
    rows = tweets * passes
    tweet = np.tile(np.arange(tweets), passes)
    label = np.where(tweet % 3 == 0, "NEUTRAL", "POSITIVE")
    table = {
        "repeat": 0,
        "pass": np.repeat(np.arange(passes), tweets),
        "topic_id": np.where(tweet % 2, "E1", "E2"),
        "tweet_id": [str(10**17 + i) for i in tweet],
        "label": label,
        "batch": tweet,
        "tokens": 10 + tweet % 7,
        "length": 24,
        "truncated": 0,
        "tokenize_ms": np.full(rows, 0.5),
        "inference_ms": median_ms * rng.lognormal(0, 0.1, rows),
        "decode_ms": np.full(rows, 0.01),
        "predicted": np.where(tweet < wrong, "NEGATIVE", label),
    }
    return pd.DataFrame(table | {f"p_{name}": 1 / 3 for name in LABELS})


def batched_samples(size: int, batch_ms: float) -> pd.DataFrame:
    """One pass over twenty tweets, `size` of which go through the model at once, in `batch_ms`."""
    table = samples(passes=1)
    return table.assign(batch=table["batch"] // size, inference_ms=batch_ms)


NOTHING = drawing.Results(benchmark=to_frame([]), samples={}, cells=[], models=[], cards=[], hygiene=[], sizes={})


@dataclass(frozen=True)
class Results:
    """Writes results below a folder, as the stages do."""

    root: Path

    def inputs(self, *expected: CellKey) -> ReportInputs:
        return ReportInputs(list(expected), *(self.root / stage for stage in ("data", "train", "export", "measure")))

    def record_path(self, key: CellKey) -> Path:
        return self.root / "measure" / key.device / key.dataset / key.model / f"{key.variant}.json"

    def add(
        self,
        key: CellKey,
        *,
        model_bytes: int = 25_000_000,
        batch_size: int = 1,
        table: pd.DataFrame | None = None,
        **changes: Any,
    ) -> Path:
        """Write a valid cell and all it comes from; `changes` go to its record. Returns the record's path."""
        self.add_export(key, model_bytes, batch_size=batch_size)
        path = self.record_path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        table = samples() if table is None else table
        table.to_csv(path.with_suffix(".csv"), index=False)
        fields: dict[str, Any] = {
            **key._asdict(),
            "simulated": False,
            "description": "",
            "verdict": "valid",
            "reason": "",
            "threads": 1,
            "tweets": int((table["pass"] == 0).sum()),
            "truncated": 2,
            "agreement": 1.0,
            "load_ms": 12.0,
            "first_ms": 50.0,
            "peak_rss_mb": 80 + model_bytes / 1e6,
            "model_sha256": HASH,
            "device_model_sha256": HASH,
            "test_sha256": HASH,
            "samples_sha256": sha256(path.with_suffix(".csv")),
            "facts": FACTS,
        }
        Cell.model_validate(fields | changes).write(path)
        return path

    def add_export(
        self,
        key: CellKey,
        model_bytes: int = 25_000_000,
        parameters: int = 24_000_000,
        batch_size: int = 1,
        validation: pd.DataFrame | None = None,
    ) -> Path:
        path = self.root.joinpath("export", *key[:3], "manifest.json")
        answers = path.with_name("validation_predictions.csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        (samples(passes=1) if validation is None else validation)[PREDICTIONS].to_csv(answers, index=False)
        Manifest(
            dataset=key.dataset,
            model=key.model,
            variant=key.variant,
            task="one_label",
            quantization="fp32" if key.variant == "fp32" else "dynamic_int8",
            sha256=HASH,
            model_bytes=model_bytes,
            parameters=parameters,
            vocabulary_sha256=HASH,
            labels=LABELS,
            inputs=["input_ids", "attention_mask", "token_type_ids"],
            output="probabilities",
            preprocessing=PREPROCESSING,
            lengths=[24],
            batch_size=batch_size,
            operators=[],
            fidelity=[FIDELITY],
            refused_by={},
            packages={"tensorflow": "2.19.1"},
            identity=Identity.of(path, outputs=[answers]),
        ).write(path)
        return path

    def add_split(self, dataset: str, texts: int = 20, **columns: str) -> Path:
        """Training tweets, of which most are POSITIVE, and the same for validation."""
        path = self.root / "data" / dataset / "train.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        rows = samples(texts, passes=1)[["topic_id", "tweet_id", "label"]]
        for split in (path, path.with_name("validation.parquet")):
            rows.assign(topic="", text="so good", language="en", leaked=False, **columns).to_parquet(split)
        return path

    def add_training(
        self,
        dataset: str,
        model: str,
        *,
        parameters: int = 24_000_000,
        wrong: int = 4,
        others: Sequence[int] = (),
        teacher: str | None = None,
    ) -> Path:
        """A model trained with seed 0 that gets `wrong` of 20 tweets wrong, and with 1, 2, ... that get `others` wrong."""
        runs = {seed: self._metrics(dataset, model, parameters, wrong, teacher) for seed, wrong in enumerate((wrong, *others))}
        path = self.root / "train" / dataset / model / "metrics.json"
        predictions = path.with_name("predictions.csv")
        predictions.parent.mkdir(parents=True, exist_ok=True)
        samples(wrong=wrong, passes=1)[PREDICTIONS].to_csv(predictions, index=False)
        runs[0].model_copy(update={"identity": Identity.of(path, outputs=[predictions])}).write(path)
        summarize(runs).write(path.with_name("seeds.json"))
        took = [EpochDuration(epoch=1, seconds=63, tweets_per_second=1)]
        Durations(dataset=dataset, model=model, epochs=took).write(path.with_name("durations.json"))
        return path

    def _metrics(self, dataset: str, model: str, parameters: int, wrong: int, teacher: str | None) -> TrainMetrics:
        table = samples(wrong=wrong, passes=1)
        true, topics = table["label"].tolist(), table["topic_id"].tolist()
        metrics = evaluate(true, table["predicted"].tolist(), topics, LABELS)
        return TrainMetrics(
            dataset=dataset,
            model=model,
            task="one_label",
            parameters=parameters,
            fp32_bytes=4 * parameters,
            macs_per_tweet=10**9,
            layers=6,
            hidden=384,
            heads=12,
            vocabulary=30_522,
            started_from=None,
            teacher=teacher,
            epochs_run=3,
            best_epoch=2,
            validation=metrics,
            test=metrics,
            baselines={
                name: evaluate(true, answers, topics, LABELS)
                for name, answers in majority_predictions(true, topics, topics, LABELS).items()
            },
            truncated={"train": 10, "validation": 1, "test": 2},
            packages={"tensorflow": "2.19.1"},
        )

    def add_bag_of_words(self, dataset: str, wrong: int, texts: int = 20) -> None:
        """What the classifier without a transformer got, with `wrong` tweets wrong."""
        metrics = self._metrics(dataset, "", 1, min(wrong, 20), None).test
        path = self.root / "train" / dataset / "bag_of_words.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        samples(texts, wrong=wrong, passes=1)[PREDICTIONS].to_csv(path.with_suffix(".csv"), index=False)
        identity = Identity.of(path, outputs=[path.with_suffix(".csv")])
        BagOfWordsMetrics(dataset=dataset, task="one_label", validation=metrics, test=metrics, identity=identity).write(path)

    def add_evaluation(self, dataset: str, model: str, wrong: int = 4) -> Path:
        gold = samples(wrong=wrong, passes=1)
        path = self.root / "train" / dataset / model / "evaluation.json"
        evaluate_model(
            dataset,
            model,
            predictions=gold.iloc[1:],
            train=gold,
            test=gold.assign(leaked=gold.index < 2),
            package=Package(gold={"official": gold}, domains={"E1": "banking", "E2": "music"}),
            classes=LABELS,
        ).write(path)
        return path

    def add_hygiene(self, dataset: str) -> Path:
        rows = pd.DataFrame({"topic_id": "E1", "text": ["so good", "So good!", "so bad"], "label": LABELS})
        path = self.root / "data" / dataset / "hygiene.json"
        inspect(dataset, {"train": rows, "validation": rows, "test": rows}).write(path)
        return path

    def add_card(self, dataset: str, topics: dict[str, TopicCard] | None = None, texts: int = 20, **changes: Any) -> Path:
        split = SplitCard(
            rows=20,
            labels={"NEGATIVE": 3, "NEUTRAL": 5, "POSITIVE": 12},
            dropped={"no_text": 4, "near_duplicate": 1},
            topics=topics or {},
            sha256=HASH,
        )
        fields: dict[str, Any] = {
            "dataset": dataset,
            "reader": "generated",
            "task": "one_label",
            "labels": LABELS,
            "splits": dict.fromkeys(("train", "validation", "test"), split),
            "leaked_test_rows": 2,
            "faults": {"broken_rows": 1},
        }
        path = self.root / "data" / dataset / "card.json"
        train = self.add_split(dataset, texts)
        identity = Identity.of(path, outputs=[train, train.with_name("validation.parquet")])
        Card.model_validate({"identity": identity} | fields | changes).write(path)
        return path


def grid(datasets: int, models: int, variants: list[str], devices: int) -> list[CellKey]:
    """Every combination of made-up names."""
    return [
        CellKey(f"tweets{d}", f"model-{m}", variant, f"device-{v}")
        for d in range(datasets)
        for m in range(models)
        for variant in variants
        for v in range(devices)
    ]


def spread(index: int) -> float:
    """A latency for the `index`-th cell, over three decades."""
    return 2 * math.exp(index % 13 / 2)
