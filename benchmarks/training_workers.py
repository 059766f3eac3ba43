"""The two workers of benchmarks/training.py: `python -m benchmarks.training_workers --peer RepLite|PyTorch`.

A "text" is a batch here, by the way it was put together and its number; to infer is to take a step of training on it.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.protocol import Peer, Text, serve

REPLITE, PYTORCH = "RepLite", "PyTorch"
CHECK = "check"
"""The workload that takes no step: probabilities for the first batch, as a list."""
LEARNING_RATE, WEIGHT_DECAY, LARGEST_GRADIENT_NORM = 1e-5, 0.01, 1.0
Arrays = dict[str, np.ndarray]


class Trainer:
    """A training loop: `step` and `predict` take the arrays of a batch, `labels` among them."""

    def __init__(self, batches: dict[Text, Arrays], step: Callable[[Arrays], float], predict: Callable[[Arrays], Any]) -> None:
        self._batches, self._step, self._predict = batches, step, predict

    def encode(self, way: str, number: str) -> tuple[bool, Arrays]:
        """The batch, and whether it is only to be looked at."""
        return (True, next(iter(self._batches.values()))) if way == CHECK else (False, self._batches[way, number])

    def infer(self, batch: tuple[bool, Arrays]) -> np.ndarray:
        """The loss [1], or the probabilities [tweets * labels]."""
        only_look, arrays = batch
        return np.asarray(self._predict(arrays)).ravel() if only_look else np.array([self._step(arrays)])


def write_batches(path: Path, batches: dict[Text, Arrays]) -> None:
    """For `read_batches`."""
    named: dict[str, Any] = {
        f"{'/'.join(batch)}/{name}": array for batch, arrays in batches.items() for name, array in arrays.items()
    }
    np.savez(path, **named)


def read_batches(path: Path) -> dict[Text, Arrays]:
    """The batches in the order in which they were written."""
    batches: dict[Text, Arrays] = {}
    with np.load(path) as archive:
        for name in archive.files:
            way, number, key = name.split("/")
            batches.setdefault((way, number), {})[key] = archive[name]
    return batches


def _replite(folder: Path, batches: dict[Text, Arrays], threads: int, precision: str) -> Peer:
    """RepLite's step, as `FineTuning` takes it."""
    os.environ["TF_NUM_INTRAOP_THREADS"] = str(threads)
    import tensorflow as tf

    from replite.config.train import Training
    from replite.train import checkpoint, step
    from replite.train.arithmetic import precision as computing_in
    from replite.train.dropout import seed_dropout
    from replite.train.objective import from_labels

    with computing_in(precision):
        classifier = checkpoint.load(folder / "checkpoint")
    seed_dropout(classifier.model, seed=0)
    settings = Training(learning_rate=LEARNING_RATE, weight_decay=WEIGHT_DECAY)
    weights = np.ones(len(classifier.labels), dtype=np.float32)
    training = step.TrainingStep(
        classifier.model, step.adamw(settings, 10_000), from_labels(classifier.model, classifier.graph, weights)
    )

    def tensors(arrays: Arrays) -> tuple[dict[str, Any], dict[str, Any]]:
        inputs = {name: tf.constant(array) for name, array in arrays.items()}
        return inputs, {"labels": inputs.pop("labels")}

    return Trainer(batches, lambda arrays: training([tensors(arrays)]), lambda arrays: classifier.outputs(tensors(arrays)[0]))


def _pytorch(folder: Path, batches: dict[Text, Arrays], threads: int, precision: str) -> Peer:
    """The loop of the transformers library's own examples: fused AdamW, gradients clipped."""
    import torch

    from benchmarks.peers import torch_model

    torch.set_num_threads(threads)
    model = torch_model(folder)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LEARNING_RATE, weight_decay=WEIGHT_DECAY, fused=True)
    autocast = torch.autocast("cpu", dtype=torch.bfloat16, enabled=precision == "bfloat16")

    def outputs(arrays: Arrays) -> Any:
        with autocast:
            return model(**{name: torch.from_numpy(array).long() for name, array in arrays.items()})

    def step(arrays: Arrays) -> float:
        model.train()
        loss = outputs(arrays).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), LARGEST_GRADIENT_NORM)
        optimizer.step()
        optimizer.zero_grad()
        return loss.item()

    def predict(arrays: Arrays) -> Any:
        model.eval()
        with torch.inference_mode():
            return torch.softmax(outputs(arrays).logits.float(), -1)

    return Trainer(batches, step, predict)


def main() -> None:
    """Serve one of the two."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", choices=[REPLITE, PYTORCH], required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--precision", choices=["float32", "bfloat16"], required=True)
    arguments = parser.parse_args()
    batches = read_batches(arguments.folder / "batches.npz")
    workloads: dict[str, list[Text]] = {CHECK: [(CHECK, "0")]}
    for way, number in batches:
        workloads.setdefault(way, []).append((way, number))
    load = _replite if arguments.peer == REPLITE else _pytorch
    serve(lambda: load(arguments.folder, batches, arguments.threads, arguments.precision), workloads)


if __name__ == "__main__":
    main()
