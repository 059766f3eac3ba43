"""TFLite files and their worker, in the host's environment: RepLite's, the first study's, and files of matrix products only.

`python -m benchmarks.tflite` is the worker of one of them.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
from ai_edge_litert.interpreter import Interpreter

from benchmarks.peers import INPUTS, Encoder, Inputs
from benchmarks.protocol import Peer, serve
from replite.device.classifier import Classifier

REPLITE = "RepLite"
FIRST_STUDY = "TFLite dynamic int8, fixed 128"
PRODUCTS = "products"
"""Prefix of the names of files that hold nothing but matrix products."""

TRANSPOSED = {"MatMul": "transpose_a", "BatchMatMulV2": "adj_x"}
"""TensorFlow's matrix products, and what tells that the first factor is transposed."""
Shape = tuple[int, int]
"""Rows and columns of a weight matrix."""
LARGE: Shape = (1024, 1024)
"""A shape on which the kernels reach their highest rate, whatever the model's own."""
SMALLEST_SIDE = 16
PRODUCTS_PER_FILE = 16
"""Matrix products in a file, so that it runs for long enough to be timed."""


# --------------------------------------------------------------------------------------------------------------- files


def convert_as_first_study(model: Any, length: int, path: Path) -> None:
    """Dynamic int8 of the transformers library's own graph at one length, by TensorFlow's converter with its defaults."""
    import tensorflow as tf

    signature = [tf.TensorSpec([1, length], tf.int32, name=name) for name in INPUTS]

    @tf.function(input_signature=signature)
    def classify(*inputs: Any) -> Any:
        return tf.nn.softmax(model(dict(zip(INPUTS, inputs, strict=True)), training=False).logits)

    holder = tf.Module()
    holder.weights = list(model.variables)
    converter = tf.lite.TFLiteConverter.from_concrete_functions([classify.get_concrete_function()], holder)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    path.write_bytes(converter.convert())


def write_products(length: int, shape: Shape, folder: Path) -> None:
    """Dynamic int8 FULLY_CONNECTED of `length` rows, one after another: by a matrix of `shape` and back by its transpose."""
    import tensorflow as tf

    draw = np.random.default_rng(0)
    pairs = [draw.normal(0, 0.05, (2, *shape)).astype(np.float32) for _ in range(PRODUCTS_PER_FILE // 2)]

    @tf.function(input_signature=[tf.TensorSpec([length, shape[0]], tf.float32)])
    def multiply(values: Any) -> Any:
        for forth, back in pairs:
            values = tf.matmul(tf.matmul(values, forth), back, transpose_b=True)
        return values

    converter = tf.lite.TFLiteConverter.from_concrete_functions([multiply.get_concrete_function()], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    (folder / f"{PRODUCTS} {length}x{shape[0]}x{shape[1]}.tflite").write_bytes(converter.convert())


def write_large_product(path: Path, *, quantized: bool) -> int:
    """A FULLY_CONNECTED of 1024 x 1024 x 1024 in dynamic int8 or float32, of which one number is given; its
    multiply-accumulates."""
    import tensorflow as tf

    rows = LARGE[0]
    weights = np.random.default_rng(0).normal(0, 0.03, LARGE).astype(np.float32)

    @tf.function(input_signature=[tf.TensorSpec([rows, LARGE[0]], tf.float32, name="values")])
    def multiply(values: Any) -> Any:
        return tf.matmul(values, weights)[:1, :1]

    converter = tf.lite.TFLiteConverter.from_concrete_functions([multiply.get_concrete_function()], tf.Module())
    converter.optimizations = [tf.lite.Optimize.DEFAULT] if quantized else []
    path.write_bytes(converter.convert())
    return rows * math.prod(LARGE)


def rows(name: str) -> str:
    """The length for which `write_products` wrote the file of that name."""
    return _dimensions(name)[0]


def rate(name: str, milliseconds: float) -> float:
    """Multiply-accumulates per nanosecond of a file of products that takes `milliseconds`."""
    return PRODUCTS_PER_FILE * math.prod(map(int, _dimensions(name))) / milliseconds / 1e6


def _dimensions(name: str) -> list[str]:
    return name.removeprefix(PRODUCTS).strip().split("x")


# ---------------------------------------------------------------------------------------------------------- operations


def multiply_accumulates(model: Any, length: int) -> int:
    """Of all matrix products, attention's included, in the library's own graph of the model for one text of `length` pieces."""
    import tensorflow as tf

    inputs = {name: tf.TensorSpec([1, length], tf.int32) for name in INPUTS}
    graph = tf.function(lambda values: model(values, training=False).logits).get_concrete_function(inputs).graph
    total = 0
    for operation in graph.get_operations():
        if operation.type in TRANSPOSED:
            inner = operation.inputs[0].shape[-2 if operation.get_attr(TRANSPOSED[operation.type]) else -1]
            total += inner * math.prod(operation.outputs[0].shape)
    return total


def weight_shapes(model: Any) -> list[Shape]:
    """Shapes of the model's weight matrices, without regard to their order; the head's is too small to count."""
    shapes = [tuple(sorted(map(int, weight.shape))) for weight in model.variables if weight.name.endswith("kernel:0")]
    return sorted({(shape[0], shape[1]) for shape in shapes if shape[0] >= SMALLEST_SIDE})


# -------------------------------------------------------------------------------------------------------------- workers


class FixedLength:
    """The first study's way: every text is padded to the file's one length."""

    def __init__(self, folder: Path, path: Path, threads: int) -> None:
        self._encode = Encoder(folder)
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        details = self._interpreter.get_input_details()
        self._inputs = {name: next(d["index"] for d in details if name in d["name"]) for name in INPUTS}
        self._length = int(details[0]["shape"][1])
        self._output = self._interpreter.get_output_details()[0]["index"]

    def encode(self, topic: str, text: str) -> Inputs:
        """The three inputs, int32 [1, length]; 0 is the id of padding."""
        inputs = self._encode(topic, text)
        padding = (0, 0), (0, self._length - inputs["input_ids"].shape[1])
        return {name: np.pad(values, padding).astype(np.int32) for name, values in inputs.items()}

    def infer(self, encoding: Inputs) -> np.ndarray:
        """Probabilities [labels]."""
        for name, values in encoding.items():
            self._interpreter.set_tensor(self._inputs[name], values)
        self._interpreter.invoke()
        return np.asarray(self._interpreter.get_tensor(self._output)[0])


class Products:
    """A file of matrix products, run whatever the text."""

    def __init__(self, path: Path, threads: int) -> None:
        self._interpreter = Interpreter(model_path=str(path), num_threads=threads)
        self._interpreter.allocate_tensors()
        detail = self._interpreter.get_input_details()[0]
        values = np.random.default_rng(0).normal(size=detail["shape"]).astype(np.float32)
        self._interpreter.set_tensor(detail["index"], values)

    def encode(self, topic: str, text: str) -> None:
        """Nothing."""

    def infer(self, encoding: None) -> np.ndarray:
        """No probabilities."""
        self._interpreter.invoke()
        return np.empty(0)


def load(folder: Path, peer: str, threads: int) -> Peer:
    """The peer by its name."""
    if peer == REPLITE:
        exported = folder / "replite"
        manifest = json.loads((exported / "manifest.json").read_text(encoding="utf-8"))
        return Classifier(exported / "model.tflite", manifest, exported / "vocab.txt", threads=threads, runtime="ai-edge-litert")
    if peer == FIRST_STUDY:
        return FixedLength(folder, folder / "fixed.tflite", threads)
    return Products(folder / f"{peer}.tflite", threads)


def main() -> None:
    """The command line of the worker."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["serve"])
    parser.add_argument("--folder", type=Path, required=True, help="the model's folder, made by benchmarks.models")
    parser.add_argument("--peer", required=True, help="which file to serve")
    parser.add_argument("--threads", type=int, default=1, help="threads that it may use")
    arguments = parser.parse_args()
    workloads = json.loads((arguments.folder / "workloads.json").read_text(encoding="utf-8"))
    serve(lambda: load(arguments.folder, arguments.peer, arguments.threads), workloads)


if __name__ == "__main__":
    main()
