"""The licence of the model that a file is made from."""

from __future__ import annotations

from pathlib import Path

from huggingface_hub import ModelCard

from replite.train.checkpoint import locate

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
    front_matter = ModelCard(card.read_text(encoding="utf-8"), ignore_metadata_errors=True).data.to_dict()
    return str(front_matter.get("license", NOT_STATED))
