"""Stage 4: a FlatBuffer and a device become raw samples and predictions."""
