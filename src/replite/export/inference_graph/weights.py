"""A model's weights, and what can be worked out of them before any tweet comes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import tf_keras


class NotCoveredError(Exception):
    """The model is not one that this package knows how to rebuild."""


def require(condition: bool, what: str) -> None:
    """Raise `NotCoveredError` unless `condition` holds."""
    if not condition:
        raise NotCoveredError(what)


@dataclass(frozen=True)
class Scaling:
    """x * gain + offset, of vectors [width]."""

    gain: np.ndarray
    offset: np.ndarray

    @classmethod
    def none(cls, width: int) -> Scaling:
        """The one that changes nothing."""
        return cls(np.ones(width, np.float32), np.zeros(width, np.float32))


@dataclass(frozen=True)
class Affine:
    """x @ weight + bias: weight [in, out], bias [out]."""

    weight: np.ndarray
    bias: np.ndarray

    @classmethod
    def of(cls, dense: Any) -> Affine:
        """The weights of a Keras Dense layer; its activation is the caller's business. Raises `NotCoveredError` for others."""
        require(type(dense) is tf_keras.layers.Dense and dense.use_bias, f"{type(dense).__name__} instead of Dense")
        return cls(dense.kernel.numpy(), dense.bias.numpy())

    def before(self, scaling: Scaling) -> Affine:
        """This, then `scaling`."""
        return Affine(self.weight * scaling.gain, self.bias * scaling.gain + scaling.offset)

    def after(self, scaling: Scaling) -> Affine:
        """`scaling`, then this."""
        return Affine(self.weight * scaling.gain[:, np.newaxis], self.bias + scaling.offset @ self.weight)

    def times(self, factor: float) -> Affine:
        """`factor` times this."""
        return Affine(self.weight * np.float32(factor), self.bias * np.float32(factor))


@dataclass(frozen=True)
class Norm:
    """The step behind a sum of rows: `inner`, then standardization of each row unless `epsilon` is None, then `outer`.

    LayerNorm (Ba, Kiros, Hinton 2016) is standardization and `outer`; MobileBERT's NoNorm (Sun et al. 2020) is `inner` alone.
    """

    inner: Scaling
    epsilon: float | None
    outer: Scaling

    @classmethod
    def of(cls, layer: Any) -> Norm:
        """The norm of a Keras layer. Raises `NotCoveredError` for a layer that is neither LayerNorm nor NoNorm."""
        from transformers.models.mobilebert.modeling_tf_mobilebert import TFLayerNorm, TFNoNorm

        if type(layer) is TFNoNorm:
            scaling = Scaling(layer.weight.numpy(), layer.bias.numpy())
            return cls(scaling, None, Scaling.none(len(scaling.gain)))
        require(type(layer) in (tf_keras.layers.LayerNormalization, TFLayerNorm), f"norm {type(layer).__name__}")
        scaling = Scaling(layer.gamma.numpy(), layer.beta.numpy())
        return cls(Scaling.none(len(scaling.gain)), layer.epsilon, scaling)
