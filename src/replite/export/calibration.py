"""Training tweets that show a calibrated quantization which values to expect."""

from itertools import cycle, islice
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from ai_edge_quantizer.quantizer import Quantizer

from replite.device.preprocessing import Preprocessor, key_of

ModelInputs: TypeAlias = "dict[str, np.ndarray]"
"""A batch as a signature takes it: int32 [tweets, length] by name."""
Samples: TypeAlias = "tuple[list[int], list[ModelInputs]]"
"""A file's lengths, and batches of tweets padded to the longest of them."""

PADDING_SCORE = -1_000
"""No attention score but that of padding is as low."""
CALIBRATED_PADDING_SCORE = -20
"""The end of the range of scores: that of padding, -10,000, would stretch it until no two scores are told apart, and e^-20 is
as good a zero."""


def samples(tweets: pd.DataFrame, preprocessor: Preprocessor, names: list[str], lengths: list[int], batch_size: int) -> Samples:
    """The tweets as inputs called `names` of a file of these lengths; `preprocessor` pads to the longest.

    The first tweets fill the last batch up.
    """
    encodings = [preprocessor.encode(*tweet)._asdict() for tweet in zip(tweets["topic"], tweets["text"], strict=True)]
    missing = -len(encodings) % batch_size
    filled = [*encodings, *islice(cycle(encodings), missing)]
    batches = [filled[start : start + batch_size] for start in range(0, len(filled), batch_size)]
    return lengths, [{name: np.stack([encoding[name] for encoding in batch]) for name in names} for batch in batches]


def ranges(quantizer: Quantizer, samples: Samples) -> dict[str, Any]:
    """The ranges of every tensor of every signature, which the quantizer needs.

    Signatures have the same tensors. Ranges are taken with the longest, which every tweet fits, and given to all: so they keep
    sharing their weights, and agree.
    """
    lengths, inputs = samples
    longest, *others = (key_of(length) for length in sorted(lengths, reverse=True))
    found = quantizer.calibrate({longest: inputs}, num_threads=1)
    cut = {name.removeprefix(longest): _without_padding(values) for name, values in found.items()}
    return {key + name: values for key in (longest, *others) for name, values in cut.items()}


def _without_padding(values: dict[str, Any]) -> dict[str, Any]:
    if np.min(values.get("min", 0)) > PADDING_SCORE:
        return values
    return values | {"min": np.full_like(values["min"], CALIBRATED_PADDING_SCORE)}
