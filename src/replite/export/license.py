"""The licence of the model that a file is made from."""

from pathlib import Path

import yaml
from huggingface_hub import ModelCard

from replite.train.published import locate

NOT_STATED = "not stated"
NO_BASE = "no base model (trained from nothing)"


def license_of(checkpoint: str | None, stated: str | None) -> str:
    """The licence `stated` in the configuration, else that in the front matter of the checkpoint's README.md.

    `checkpoint` is None for an architecture trained from nothing. The README of a hub checkpoint is not fetched.
    """
    if stated or checkpoint is None:
        return stated or NO_BASE
    card = Path(locate(checkpoint)) / "README.md"
    if not card.is_file():
        return NOT_STATED
    try:
        license_ = ModelCard(card.read_text(encoding="utf-8", errors="replace"), ignore_metadata_errors=True).data.get("license")
    except (OSError, ValueError, AttributeError, RecursionError, yaml.YAMLError):
        return NOT_STATED
    return license_ if isinstance(license_, str) else NOT_STATED
