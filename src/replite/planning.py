"""Planning by what the documents of the results say, whoever made them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from replite import handover

HEAD = 512
"""Bytes from which a document's decision is read; it stands at the beginning of its identity, which opens the document."""
_DECISION = re.compile(rb'"identity":\s*{\s*"decision":\s*"(\w*)"')


def differs(document: Path, decision: Any) -> bool:
    """True for a document that something else than `decision` decided; one that does not say is left to those who read it."""
    try:
        with document.open("rb") as file:
            recorded = _DECISION.search(file.read(HEAD))
    except OSError:
        return False
    return recorded is not None and recorded[1].decode() != handover.digest(decision)
