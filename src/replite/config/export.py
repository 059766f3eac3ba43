"""Variants of a model, and how their files are checked."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from replite.config.entry import Entry, Fraction, one_of
from replite.config.quantizations import QUANTIZATIONS, Embeddings, Quantization
from replite.device.runtimes import RUNTIMES


class Variant(Entry):
    """One way to write a model as a TFLite FlatBuffer.

    The export runs the file in each of `runtimes` and fails, with the figures, if the labels are not the float model's. In the
    table, per tensor means `per_channel: false`; `embeddings` says otherwise of the embedding table.
    """

    enabled: bool = True
    """`false` leaves the variant out of the run."""
    quantization: Annotated[str, one_of(QUANTIZATIONS)]
    """How weights and activations are stored; see the table."""
    per_channel: bool = True
    """One scale per output channel (per row of an embedding table); `false` takes one per tensor, as older runtimes need it."""
    block_size: Literal[32, 64, 128, 256] | None = None
    """So many weights of a channel share a scale, where the table says blocks; `null` lets all of them."""
    embeddings: Embeddings | None = None
    """How the embedding table is stored, in any quantization; `keep` leaves it float32, `null` as the table above says."""
    signatures: Annotated[int, Field(ge=1)] | None = None
    """At most so many of the model's input lengths: 1 makes the smallest file, and the only one that MediaPipe takes; `null`: all
    that `export` gives the model."""
    batch_size: Annotated[int, Field(ge=1, le=64)] = 1
    """Texts that the file takes at once, as in MLPerf's Offline scenario: more texts per second where many are waiting, but one
    that comes alone takes as long as a whole batch. MediaPipe takes files of one text only."""
    calibration_tweets: Annotated[int, Field(ge=1)] = 200
    """Training texts, drawn by `seed`, with which activations are calibrated; the manifest lists them."""
    runtimes: Annotated[list[Annotated[str, one_of(RUNTIMES)]], Field(min_length=1)] = ["ai-edge-litert"]
    """Runtimes the file is for: it has to be true to the float model in each. `make runtimes` sets up tflite-runtime here."""
    minimum_agreement: Fraction | None = None
    """Overrides `export.minimum_agreement` for this variant."""

    @model_validator(mode="after")
    def _keys_that_apply(self) -> Self:
        if self.block_size and not (self.kind.blocks and self.per_channel):
            able = " or ".join(f"'{name}'" for name, kind in QUANTIZATIONS.items() if kind.blocks)
            raise ValueError(f"'block_size' needs quantization {able} and 'per_channel: true'")
        refused = list(filter(None, map(self.refused_by, self.runtimes)))
        if refused:
            raise ValueError(f"'runtimes': {'; '.join(refused)}")
        return self

    @property
    def kind(self) -> Quantization:
        """The row of the table for the quantization."""
        return QUANTIZATIONS[self.quantization]

    def refused_by(self, runtime: str) -> str | None:
        """The reason for which the runtime cannot load the file, as far as the table tells."""
        if runtime in (self.kind.per_channel if self.per_channel else self.kind.runtimes):
            return None
        fix = ", but does with 'per_channel: false'" if runtime in self.kind.runtimes else ""
        return f"{runtime} does not load {self.quantization}{fix}"

    @property
    def stored_embeddings(self) -> Embeddings:
        """The storage of the embedding table."""
        return self.embeddings or self.kind.embeddings


class Export(Entry):
    """The input lengths of an exported file, and its checks before it is shipped."""

    minimum_agreement: Fraction = 0.97
    """Share of validation texts on which the file must give the float model's label; below it the export fails."""
    check_tweets: Annotated[int, Field(ge=1)] = 500
    """How many validation texts are compared, at most."""
    signatures: Annotated[int, Field(ge=1)] = 4
    """At most so many input lengths in one file, which share its weights: a device takes the shortest that a text fits. They are
    multiples of 8, and the model's `max_length`, for which the training texts are padded least. Each takes memory on the device,
    because ai-edge-litert packs the weights anew for it."""
    lengths: Annotated[list[Annotated[int, Field(ge=4)]], Field(min_length=1)] | None = None
    """These input lengths, as far as they are below the model's `max_length`, and that one, in place of chosen ones."""
