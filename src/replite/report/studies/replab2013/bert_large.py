"""The model that all sizes are told against."""

from typing import Any

PARAMETERS = 335_141_888
"""Devlin et al., "BERT", NAACL 2019: the uncased large model, pooler included, as the transformers library counts it."""
WEIGHTS_MB = PARAMETERS * 4 / 1e6
"""1,340.6 MB: four bytes a weight."""
CHECKPOINT_MB = WEIGHTS_MB * 3
"""4,021.7 MB: the weights and Adam's two moments. Our reading of what the first study's "160x" refers to."""


def size_ratios(size_mb: Any) -> dict[str, Any]:
    """By table column: how many times smaller `size_mb`, a number or a column of them, is
    than BERT-large's fp32 weights and than its training checkpoint."""
    return {"size_ratio_weights": WEIGHTS_MB / size_mb, "size_ratio_checkpoint": CHECKPOINT_MB / size_mb}
