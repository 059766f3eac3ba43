"""The error of a model entry or its checkpoint."""


class TrainError(ValueError):
    """A model cannot be built or trained; the message names the model, the key or file, and the fix."""


class CheckpointError(TrainError):
    """A checkpoint cannot be read."""
