"""The quantizations: what each makes of a model. Allowed values, recipes, checks and documentation follow from this table."""

from dataclasses import dataclass
from typing import Literal

from replite.device.runtimes import RUNTIMES

Embeddings = Literal["int8", "int4", "float16", "keep"]
Recipe = Literal["none", "float16", "dynamic", "weight_only", "calibrated"]


@dataclass(frozen=True)
class Quantization:
    """A way to store and compute the matrix products of a model."""

    recipe: Recipe
    """The computation; `replite.export.quantizer` has a case for each."""
    weight_bits: int
    """Bits of a weight: a float's of 16 or 32, else a whole number's."""
    activation_bits: int | None = None
    """Bits of activations, where their ranges are calibrated."""
    embeddings: Embeddings = "int8"
    """The storage of the embedding table, unless the variant says otherwise."""
    blocks: bool = False
    """Whether weights of one channel may be given several scales."""
    runtimes: tuple[str, ...] = tuple(RUNTIMES)
    """The runtimes that load a file with one scale per tensor."""
    per_channel: tuple[str, ...] = ("ai-edge-litert",)
    """The runtimes that load a file with one scale per channel."""
    remark: str = ""
    """Anything else to know before it is chosen."""

    @property
    def weight_type(self) -> str:
        """The weights' type in a FlatBuffer."""
        return f"{'FLOAT' if self.weight_bits >= 16 else 'INT'}{self.weight_bits}"

    @property
    def summary(self) -> tuple[str, ...]:
        """Weights, activations, embeddings, and where it runs, in words."""
        weights = [_WORDS[self.weight_type.lower()], "dequantized first" if self.recipe == "weight_only" else ""]
        activations = f"{self.activation_bits}-bit, calibrated" if self.activation_bits else "float32"
        others = ", ".join(name for name in self.runtimes if name not in self.per_channel)
        runs_in = [", ".join(self.per_channel), f"per tensor also {others}" if others else "", self.remark]
        return (
            ", ".join(filter(None, [*weights, "blocks" if self.blocks else ""])),
            "quantized as it runs" if self.recipe == "dynamic" else activations,
            _WORDS[self.embeddings],
            "; ".join(filter(None, runs_in)),
        )


_WORDS = {"keep": "float32", "float32": "float32", "float16": "float16", "int8": "8-bit", "int4": "4-bit"}
_NEW = ("ai-edge-litert",)
QUANTIZATIONS = {
    "fp32": Quantization("none", 32, embeddings="keep", per_channel=tuple(RUNTIMES)),
    "fp16": Quantization("float16", 16, embeddings="float16", per_channel=tuple(RUNTIMES)),
    "dynamic_int8": Quantization("dynamic", 8),
    "weight_only_int8": Quantization("weight_only", 8),
    "full_int8": Quantization("calibrated", 8, activation_bits=8, remark="costs accuracy"),
    "int16x8": Quantization("calibrated", 8, activation_bits=16, runtimes=_NEW, remark="slow"),
    "dynamic_int4": Quantization("dynamic", 4, blocks=True, runtimes=_NEW),
    "weight_only_int4": Quantization("weight_only", 4, runtimes=_NEW),
}
"""All there are, by the name that variants use."""
