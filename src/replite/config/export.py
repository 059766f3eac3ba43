"""Variants of a model, and how their files are checked."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from replite.config.entry import Entry, Fraction

RuntimeName = Literal["ai-edge-litert", "tflite-runtime"]
Quantization = Literal[
    "fp32", "fp16", "dynamic_int8", "weight_only_int8", "full_int8", "int16x8", "dynamic_int4", "weight_only_int4"
]
Embeddings = Literal["int8", "int4", "float16", "keep"]


class Variant(Entry):
    """One way to write a model as a TFLite FlatBuffer.

    | `quantization` | weights | activations | embeddings | runs in |
    |---|---|---|---|---|
    | `fp32` | float32 | float32 | float32 | both runtimes |
    | `fp16` | float16 | float32 | float16 | both |
    | `dynamic_int8` | 8-bit | quantized as it runs | 8-bit | ai-edge-litert; per tensor both |
    | `weight_only_int8` | 8-bit, dequantized first | float32 | 8-bit | ai-edge-litert; per tensor both |
    | `full_int8` | 8-bit | 8-bit, calibrated | 8-bit | ai-edge-litert; per tensor both; costs accuracy |
    | `int16x8` | 8-bit | 16-bit, calibrated | 8-bit | ai-edge-litert, slowly |
    | `dynamic_int4` | 4-bit | quantized as it runs | 8-bit | ai-edge-litert |
    | `weight_only_int4` | 4-bit, dequantized first | float32 | 8-bit | ai-edge-litert |

    Per tensor means `per_channel: false`; `embeddings` says otherwise of the embedding table. The export proves all of it: it
    runs the file in each of `runtimes` and fails, with the figures, if the labels are not the float model's.
    """

    enabled: bool = True
    """`false` leaves the variant out of the run."""
    quantization: Quantization
    """How weights and activations are stored; see the table."""
    per_channel: bool = True
    """One scale per output channel (per row of an embedding table); `false` takes one per tensor, for tflite-runtime 2.14."""
    block_size: Literal[32, 64, 128, 256] | None = None
    """For `dynamic_int4`: so many 4-bit weights of a channel share a scale; `null` lets all of them."""
    embeddings: Embeddings | None = None
    """How the embedding table is stored, in any quantization; `keep` leaves it float32, `null` as the table above says."""
    signatures: Annotated[int, Field(ge=1)] | None = None
    """At most so many of the model's input lengths: 1 makes the smallest file, and the only one that MediaPipe takes; `null`: all
    that `export` gives the model."""
    batch_size: Annotated[int, Field(ge=1, le=64)] = 1
    """Tweets that the file takes at once, as in MLPerf's Offline scenario: more tweets per second where many are waiting, but one
    that comes alone takes as long as a whole batch. MediaPipe takes files of one tweet only."""
    calibration_tweets: Annotated[int, Field(ge=1)] = 200
    """Training tweets, drawn by `seed`, that calibrate `full_int8` and `int16x8`; the manifest lists them."""
    runtimes: Annotated[list[RuntimeName], Field(min_length=1)] = ["ai-edge-litert"]
    """Runtimes the file is for: it has to be true to the float model in each. `make runtimes` sets up tflite-runtime here."""
    minimum_agreement: Fraction | None = None
    """Overrides `export.minimum_agreement` for this variant."""

    @model_validator(mode="after")
    def _keys_that_apply(self) -> Variant:
        if self.block_size and (self.quantization != "dynamic_int4" or not self.per_channel):
            raise ValueError("'block_size' needs quantization 'dynamic_int4' and 'per_channel: true'")
        return self

    @property
    def weight_bits(self) -> int:
        """Bits of the weights of matrix products, whole numbers or not."""
        return {"fp32": 32, "fp16": 16, "dynamic_int4": 4, "weight_only_int4": 4}.get(self.quantization, 8)

    @property
    def activation_bits(self) -> int | None:
        """Bits of activations whose ranges have to be calibrated."""
        return {"full_int8": 8, "int16x8": 16}.get(self.quantization)

    @property
    def stored_embeddings(self) -> Embeddings:
        """How the embedding table is stored."""
        defaults: dict[Quantization, Embeddings] = {"fp32": "keep", "fp16": "float16"}
        return self.embeddings or defaults.get(self.quantization, "int8")


class Export(Entry):
    """Which input lengths an exported file has, and how it is checked before it is shipped."""

    minimum_agreement: Fraction = 0.97
    """Share of validation tweets on which the file must give the float model's label; below it the export fails."""
    check_tweets: Annotated[int, Field(ge=1)] = 500
    """How many validation tweets are compared, at most."""
    signatures: Annotated[int, Field(ge=1)] = 4
    """At most so many input lengths in one file, which share its weights: a device takes the shortest that a tweet fits. They are
    multiples of 8, and the model's `max_length`, for which the training tweets are padded least. Each takes memory on the device,
    because ai-edge-litert packs the weights anew for it."""
    lengths: Annotated[list[Annotated[int, Field(ge=4)]], Field(min_length=1)] | None = None
    """These input lengths, as far as they are below the model's `max_length`, and that one, in place of chosen ones."""
