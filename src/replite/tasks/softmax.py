"""Logits whose softmax are probabilities: what tasks that choose one of several have in common, in their last axis."""

import numpy as np
import tensorflow as tf
from scipy.special import log_softmax, logsumexp

SMALLEST_PROBABILITY = 1e-7
"""A smaller one gets the logit of this."""


def divergence(teacher: tf.Tensor, student: tf.Tensor, temperature: float) -> tf.Tensor:
    """T^2 KL(softmax(teacher / T), softmax(student / T)) of logits [..., choices].

    The factor T^2 keeps the gradients of the soft labels in proportion whatever the temperature (Hinton et al., 2015).
    """
    log_teacher, log_student = (tf.nn.log_softmax(logits / temperature) for logits in (teacher, student))
    return temperature**2 * tf.reduce_sum(tf.exp(log_teacher) * (log_teacher - log_student), axis=-1)


def logits(probabilities: np.ndarray) -> np.ndarray:
    """Their logarithms, float32."""
    return np.log(np.maximum(probabilities, SMALLEST_PROBABILITY)).astype(np.float32)


def mixed(logits: np.ndarray, others: np.ndarray, share: float) -> np.ndarray:
    """Logarithms of the probabilities' weighted mean, float32, in which `others` have a `share`."""
    logarithms = np.stack([log_softmax(logits, axis=-1), log_softmax(others, axis=-1)], axis=-1)
    return logsumexp(logarithms, axis=-1, b=[1 - share, share]).astype(np.float32)
