"""The peers, in the environment of envs/peers.txt: `python -m benchmarks.peers prepare|serve`.

`prepare` turns the weights that the benchmark wrote into what each peer runs; `serve` is the worker of one peer. Each tokenizes
with the `tokenizers` library and takes a tweet at its own length, without padding.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from benchmarks.protocol import Peer, serve
from replite.device.text import clean

INPUTS = ["input_ids", "attention_mask", "token_type_ids"]
Inputs = dict[str, np.ndarray]


class Encoder:
    """Cleaning as RepLite's, then the fast tokenizer; `folder` holds tokenizer.json and preprocessing.json."""

    def __init__(self, folder: Path) -> None:
        preprocessing = json.loads((folder / "preprocessing.json").read_text(encoding="utf-8"))
        self._cleaning = preprocessing["cleaning"]
        self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(preprocessing["max_length"], strategy="only_second")
        self._tokenizer.encode_special_tokens = True

    def __call__(self, topic: str, text: str) -> Inputs:
        """The three inputs, int64 [1, pieces]."""
        encoding = self._tokenizer.encode(topic, clean(text, **self._cleaning))
        arrays = np.array([[encoding.ids], [encoding.attention_mask], [encoding.type_ids]], dtype=np.int64)
        return dict(zip(INPUTS, arrays, strict=True))


class Network:
    """A peer: the common encoder and a function from inputs to probabilities [1, labels]."""

    def __init__(self, folder: Path, run: Callable[[Inputs], np.ndarray]) -> None:
        self.encode = Encoder(folder)
        self._run = run

    def infer(self, encoding: Inputs) -> np.ndarray:
        """Probabilities [labels]."""
        return self._run(encoding)[0]


# ------------------------------------------------------------------------------------------------------------ PyTorch


def torch_model(folder: Path, **options: Any) -> Any:
    """The model in PyTorch, with the weights of the TensorFlow model in `folder` (config.json, weights.npz)."""
    from transformers import AutoConfig, AutoModelForSequenceClassification
    from transformers.modeling_tf_pytorch_utils import load_tf2_state_dict_in_pytorch_model

    model = AutoModelForSequenceClassification.from_config(AutoConfig.from_pretrained(folder), **options)
    with np.load(folder / "weights.npz") as archive:
        weights = {name: archive[name] for name in archive.files}
    return load_tf2_state_dict_in_pytorch_model(model, weights).eval()


def _pytorch(folder: Path, threads: int, quantized: bool) -> Peer:
    import torch

    torch.set_num_threads(threads)
    model = torch_model(folder)
    if quantized:
        model = torch.ao.quantization.quantize_dynamic(model, {torch.nn.Linear}, dtype=torch.qint8)

    def run(inputs: Inputs) -> np.ndarray:
        with torch.inference_mode():
            logits = model(**{name: torch.from_numpy(array) for name, array in inputs.items()}).logits
            return np.asarray(torch.softmax(logits, -1))

    return Network(folder, run)


# -------------------------------------------------------------------------------------------------------- ONNX Runtime


def _onnxruntime(folder: Path, threads: int, file: str) -> Peer:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
    session = onnxruntime.InferenceSession(folder / file, options, providers=["CPUExecutionProvider"])
    return Network(folder, lambda inputs: session.run(None, inputs)[0])


def write_onnx(folder: Path, path: Path) -> None:
    """The float model as ONNX with a dynamic length; attention written out, the form that the optimizer knows."""
    import torch

    class Probabilities(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.classifier = torch_model(folder, attn_implementation="eager")

        def forward(self, *inputs: Any) -> Any:
            return torch.softmax(self.classifier(**dict(zip(INPUTS, inputs, strict=True))).logits, -1)

    example = tuple(torch.ones((1, 16), dtype=torch.long) for _ in INPUTS)
    axes = {name: {0: "batch", 1: "length"} for name in INPUTS}
    torch.onnx.export(
        Probabilities(), example, path, input_names=INPUTS, dynamic_axes=axes, output_names=["probabilities"], dynamo=False
    )


def quantize_onnx(source: Path, target: Path) -> None:
    """ONNX Runtime's dynamic int8."""
    from onnx import TensorProto
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # The optimizer's own operators have no shape inference, from which the type would be known.
    quantize_dynamic(source, target, weight_type=QuantType.QInt8, extra_options={"DefaultTensorType": TensorProto.FLOAT})


def optimize_onnx(folder: Path, source: Path, target: Path) -> None:
    """ONNX Runtime's optimizer for transformers: fused attention, normalization and activation where it knows them."""
    from onnxruntime.transformers import optimizer
    from transformers import AutoConfig

    config = AutoConfig.from_pretrained(folder)
    model = optimizer.optimize_model(
        str(source), model_type="bert", num_heads=config.num_attention_heads, hidden_size=config.hidden_size
    )
    print("ONNX Runtime's optimizer fused:", {name: n for name, n in model.get_fused_operator_statistics().items() if n})
    model.save_model_to_file(str(target))


# ------------------------------------------------------------------------------------------------------------ OpenVINO


def _openvino(folder: Path, threads: int, file: str, options: dict[str, str]) -> Peer:
    import openvino

    hints = {"INFERENCE_NUM_THREADS": threads, "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1}
    request = openvino.Core().compile_model(folder / file, "CPU", hints | options).create_infer_request()
    return Network(folder, lambda inputs: request.infer(inputs)[0])


def quantize_openvino(folder: Path, source: Path, target: Path) -> None:
    """OpenVINO's int8: NNCF's post-training quantization with its recipe for transformers, calibrated on training tweets."""
    import nncf
    import openvino

    texts = json.loads((folder / "calibration.json").read_text(encoding="utf-8"))
    encode = Encoder(folder)
    model = nncf.quantize(
        openvino.Core().read_model(source),
        nncf.Dataset([encode(*text) for text in texts]),
        model_type=nncf.ModelType.TRANSFORMER,
        subset_size=len(texts),
    )
    openvino.save_model(model, target, compress_to_fp16=False)


FLOAT_PEERS = ("PyTorch fp32", "OpenVINO fp32")
"""Peers that have to give the float model's probabilities."""

PEERS: dict[str, Callable[[Path, int], Peer]] = {
    "PyTorch fp32": lambda folder, threads: _pytorch(folder, threads, quantized=False),
    "PyTorch dynamic int8": lambda folder, threads: _pytorch(folder, threads, quantized=True),
    "ONNX Runtime dynamic int8": lambda folder, threads: _onnxruntime(folder, threads, "int8.onnx"),
    "ONNX Runtime optimized, dynamic int8": lambda folder, threads: _onnxruntime(folder, threads, "optimized_int8.onnx"),
    # By itself it would compute in bfloat16 where the processor can, which is not the same function.
    "OpenVINO fp32": lambda folder, threads: _openvino(folder, threads, "float.onnx", {"INFERENCE_PRECISION_HINT": "f32"}),
    "OpenVINO int8 (NNCF)": lambda folder, threads: _openvino(folder, threads, "int8.xml", {}),
}
"""What loads each peer from what `prepare` made, for a number of threads."""


def prepare(folder: Path) -> None:
    """Make every peer's files in `folder`."""
    write_onnx(folder, folder / "float.onnx")
    quantize_onnx(folder / "float.onnx", folder / "int8.onnx")
    optimize_onnx(folder, folder / "float.onnx", folder / "optimized.onnx")
    quantize_onnx(folder / "optimized.onnx", folder / "optimized_int8.onnx")
    quantize_openvino(folder, folder / "float.onnx", folder / "int8.xml")
    versions = {package: version(package) for package in ("torch", "onnxruntime", "openvino", "nncf", "tokenizers")}
    (folder / "versions.json").write_text(json.dumps(versions), encoding="utf-8")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", choices=["prepare", "serve"])
    parser.add_argument("--folder", type=Path, required=True, help="the model's folder, made by benchmarks.models")
    parser.add_argument("--peer", choices=PEERS, help="which peer to serve")
    parser.add_argument("--threads", type=int, default=1, help="threads that the peer may use")
    arguments = parser.parse_args()
    if arguments.task == "prepare":
        prepare(arguments.folder)
        return
    os.environ["OMP_NUM_THREADS"] = str(arguments.threads)
    workloads = json.loads((arguments.folder / "workloads.json").read_text(encoding="utf-8"))
    serve(lambda: PEERS[arguments.peer](arguments.folder, arguments.threads), workloads)


if __name__ == "__main__":
    main()
