"""Make the tiny model, and its outputs in float, by which a TFLite runtime that was installed on a device is verified.

It has what a classifier has: an embedding, 8-bit weights with activations quantized as it runs, a softmax. One scale per tensor,
so that every runtime loads it. Writes model.tflite and known.json into src/replite/measure/known.
"""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np

FOLDER = Path(__file__).parents[1] / "src/replite/measure/known"
PIECES, LENGTH, WIDTH, LABELS = 16, 8, 64, 3
TOLERANCE = 0.01
"""Of a probability: 8-bit activations differ from float, and runtimes from one another, by less; a wrong kernel by much more."""


def main() -> None:
    os.environ.update(TF_USE_LEGACY_KERAS="1", TF_CPP_MIN_LOG_LEVEL="3")
    import tensorflow as tf

    draw = np.random.default_rng(0).normal
    shapes = ((PIECES, WIDTH), (WIDTH, WIDTH), (WIDTH, LABELS))
    embedding, hidden, head = (tf.constant(draw(size=shape) / 4, tf.float32) for shape in shapes)

    @tf.function(input_signature=[tf.TensorSpec([1, LENGTH], tf.int32)])
    def classify(ids: tf.Tensor) -> tf.Tensor:
        states = tf.nn.relu(tf.reshape(tf.gather(embedding, ids), [LENGTH, WIDTH]) @ hidden)
        return tf.nn.softmax(tf.reduce_mean(states, 0, keepdims=True) @ head)

    converter = tf.lite.TFLiteConverter.from_concrete_functions([classify.get_concrete_function()])
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter._experimental_disable_per_channel = True
    ids = np.random.default_rng(1).integers(PIECES, size=LENGTH).astype(np.int32)
    known = {"input": ids.tolist(), "output": classify(ids[None]).numpy()[0].tolist(), "tolerance": TOLERANCE}
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "model.tflite").write_bytes(converter.convert())
    (FOLDER / "known.json").write_text(json.dumps(known) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
