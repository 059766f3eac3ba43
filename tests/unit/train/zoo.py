"""The architectures at their smallest."""

from typing import Any

SIZES = {"num_hidden_layers": 3, "num_attention_heads": 2, "max_position_embeddings": 32}
ZOO: dict[str, dict[str, Any]] = {
    "bert": {"model_type": "bert", "hidden_size": 16, "intermediate_size": 24} | SIZES,
    "tinybert": {"model_type": "bert", "hidden_size": 26, "intermediate_size": 40} | SIZES,
    "distilbert": {
        "model_type": "distilbert", "dim": 16, "hidden_dim": 24, "n_layers": 3, "n_heads": 2, "max_position_embeddings": 32,
    },
    "electra": {"model_type": "electra", "embedding_size": 12, "hidden_size": 16, "intermediate_size": 24} | SIZES,
    "electra-unprojected": {"model_type": "electra", "embedding_size": 16, "hidden_size": 16, "intermediate_size": 24} | SIZES,
    "mobilebert": {
        "model_type": "mobilebert", "hidden_size": 16, "embedding_size": 16, "intra_bottleneck_size": 8, "intermediate_size": 24,
        "num_feedforward_networks": 2,
    } | SIZES,
    "roberta": {"model_type": "roberta", "hidden_size": 16, "intermediate_size": 24} | SIZES | {"max_position_embeddings": 34},
}  # fmt: skip
"""Keys of `architecture`; DistilBERT has names of its own, TinyBERT is a BERT whose heads are of an odd size, two of a RoBERTa's
positions are for nothing."""
AVERAGED: dict[str, Any] = {"model_type": "averaged", "hidden_size": 8, "intermediate_size": 128}
HASHED: dict[str, Any] = {"model_type": "hashed", "buckets": 900, "hidden_size": 8, "intermediate_size": 128}
"""Those that are no transformers."""
