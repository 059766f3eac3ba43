"""A teacher's answers to the training tweets: computed once, read by all its students.

Tweet by tweet, not piece by piece, so that a student may have another vocabulary.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from replite.data.splits import load_split, task_of
from replite.files import atomic, sha256
from replite.tasks import Graph
from replite.train.checkpoint import FloatModel, check_checkpoint, load
from replite.train.encoding import Encoded, encode
from replite.train.errors import TrainError
from replite.train.predict import by_word, in_batches
from replite.train.processor import use_alike


@dataclass(frozen=True)
class Teaching:
    """A teacher's outputs for the tweets of one file, in its order."""

    labels: list[str]
    """The data set's."""
    logits: np.ndarray
    """float32 [tweets, labels], or [tweets, words, tags] of entities."""
    states: np.ndarray
    """float32 [tweets, width]: the last layer's state of the first piece, [CLS] in BERT; of entities the words' mean."""
    tweets_sha256: str

    def write(self, path: Path) -> None:
        """Write the arrays to `path` as NumPy's .npz, whole or not at all."""
        with atomic(path) as temporary, temporary.open("wb") as file:
            about = {"tweets_sha256": self.tweets_sha256, "seal": self._seal}
            np.savez(file, allow_pickle=False, labels=self.labels, logits=self.logits, states=self.states, **about)

    @property
    def _seal(self) -> str:
        """Hash of all of it."""
        parts = [json.dumps([self.labels, self.tweets_sha256]).encode(), self.logits.tobytes(), self.states.tobytes()]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    @staticmethod
    def write_failure(path: Path, reason: str) -> None:
        """Write to `path` that there are no outputs, and why."""
        with atomic(path) as temporary, temporary.open("wb") as file:
            np.savez(file, failed=reason)

    @classmethod
    def read(cls, path: Path, tweets: Path, labels: list[str]) -> Teaching:
        """The outputs in `path` for the file `tweets`, whose labels are `labels`. Raises `TrainError` if they are for others,
        or there are none."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                if "failed" in arrays:
                    raise TrainError(str(arrays["failed"]))
                teaching = cls(
                    [str(label) for label in arrays["labels"]],
                    arrays["logits"],
                    arrays["states"],
                    str(arrays["tweets_sha256"]),
                )
                sealed = str(arrays["seal"]) == teaching._seal
        except TrainError:
            raise
        except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise TrainError(f"{path}: not a teacher's outputs: {error}; make it again with workflow/scripts/teach.py") from None
        if not sealed:
            raise TrainError(f"{path}: changed after it was made; remove it, and the same command makes it again")
        if teaching.tweets_sha256 != sha256(tweets) or teaching.labels != labels:
            raise TrainError(f"{path}: for other texts or labels than {tweets}; make it again with workflow/scripts/teach.py")
        return teaching

    def mixed(self, other: Teaching, share: float, graph: Graph) -> Teaching:
        """The same with logits that mean both probabilities' mean, to which `other` gives its `share`."""
        return replace(self, logits=graph.mixed(self.logits, other.logits, share))


def teach(checkpoints: Sequence[Path], tweets: Path, name: str) -> Teaching:
    """The answers that the classifiers in the folders `checkpoints`, runs of one teacher, give together to the split `tweets`.

    The logits are the mean of theirs; the states are those of the first, since no two runs mean the same by a unit. `name` opens
    the progress lines. Raises `DataError` for a split that cannot be read.
    """
    use_alike()
    split, outputs = load_split(tweets), []
    task = task_of(tweets)
    for number, checkpoint in enumerate(checkpoints, 1):
        check_checkpoint(checkpoint)
        classifier = load(checkpoint, task)
        encoded = encode(split, classifier.tokenizer, classifier.preprocessing)
        outputs.append(_outputs(classifier, encoded, f"{name}: teaching, run {number} of {len(checkpoints)}"))
    logits = np.mean([logits for logits, _ in outputs], axis=0)
    return Teaching(classifier.labels, logits, outputs[0][1], sha256(tweets))


def _outputs(classifier: FloatModel, encoded: Encoded, description: str) -> list[np.ndarray]:
    """Logits and states of each tweet."""

    @tf.function(reduce_retracing=True)
    def forward(inputs: dict[str, tf.Tensor], places: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
        return said(classifier.model(inputs, training=False, output_hidden_states=True), places)

    return in_batches(forward, encoded, description)


def said(outputs: Any, places: tf.Tensor | None) -> tuple[tf.Tensor, tf.Tensor]:
    """Logits and states, as a `Teaching` has them, of a transformers model's outputs; `places` are the words' [batch, words]."""
    logits, states = tf.cast(outputs.logits, tf.float32), tf.cast(outputs.hidden_states[-1], tf.float32)
    if places is None:
        return logits, states[:, 0]
    words = tf.maximum(tf.math.count_nonzero(places, axis=1, keepdims=True, dtype=tf.float32), 1.0)
    return by_word(logits, places), tf.reduce_sum(by_word(states, places), axis=1) / words
