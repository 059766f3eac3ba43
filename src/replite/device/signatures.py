"""The signatures of a model file: one for each length of input."""

from __future__ import annotations


def key_of(length: int) -> str:
    """The key of the signature for inputs int32 [tweets, length]."""
    return f"length_{length}"
