"""Cleaning: what is taken out of a text."""

from replite.config.entry import Entry


class Cleaning(Entry):
    """The parts taken out of a text before it is tokenized, in training and on the devices alike."""

    enabled: bool = True
    """`false` gives the text to the tokenizer as it is."""
    urls: bool = True
    """Remove web addresses."""
    symbols: bool = True
    """Remove symbols: emoji, arrows, currency and mathematical signs (Unicode categories S and C)."""
    punctuation: bool = True
    """Remove punctuation (Unicode category P), hash and at signs included; the words stay."""
    spaces: bool = True
    """Make every run of white space, no-break spaces included, one space."""
