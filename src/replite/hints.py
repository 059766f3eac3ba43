"""Hints for those who mistyped a name."""

import difflib
from collections.abc import Iterable


def did_you_mean(wrong: str, known: Iterable[str]) -> str:
    """A question, and a space behind it, that names the known name most like the wrong one; nothing where none is like it."""
    known = list(known)
    near = (
        difflib.get_close_matches(wrong, known, n=1, cutoff=0.8)
        or [name for name in known if wrong in name.split("_")]  # int8 is short for dynamic_int8, not int16x8 misspelt
        or difflib.get_close_matches(wrong, known, n=1)
    )
    return f"did you mean '{near[0]}'? " if near else ""
