"""Numbers and versions as readers want them."""

from collections.abc import Iterable, Mapping
from decimal import Decimal

import pandas as pd

BLANK = "–"


def three_digits(value: float) -> str:
    """Rounded to three significant digits, with thousands separators and without an exponent: 0.05, 12.3, 1,230."""
    digits = f"{Decimal(f'{value:.3g}'):,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign: +0.42."""
    return f"{100 * difference:+.2f}"


def three_digits_or_blank(value: float | None) -> str:
    """As `three_digits`, which keeps 0.35 apart from a limit of 0.3; a dash for a blank."""
    return BLANK if pd.isna(value) else three_digits(value)


def decimals(value: float | None, digits: int = 0) -> str:
    """With thousands separators and that many decimal places; a dash for a blank."""
    return BLANK if pd.isna(value) else f"{value:,.{digits}f}"


def joined(packages: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """Versions by package; several of one stand side by side."""
    found: dict[str, set[str]] = {}
    for versions in packages:
        for name, version in versions.items():
            found.setdefault(name, set()).add(version)
    return {name: ", ".join(sorted(found[name])) for name in sorted(found)}
