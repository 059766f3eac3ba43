"""Markdown, as documents and tables have it."""

import re
from collections.abc import Sequence

from replite.printable import printable


def table(rows: Sequence[tuple[str, ...]]) -> str:
    """A table; the first row is its head. Its cells may have marks of their own."""
    head, *lines = (" | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in row) for row in rows)
    return f"| {head} |\n|{'---|' * len(rows[0])}\n" + "".join(f"| {line} |\n" for line in lines)


def escaped(text: str) -> str:
    """Text from outside, none of which is a mark, HTML or an entity."""
    return re.sub(r"([\\`*_\[\]<>~&])", r"\\\1", printable(text))
