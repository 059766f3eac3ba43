"""Stage 2: a split and a model entry become a fine-tuned checkpoint."""
