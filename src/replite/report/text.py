"""Numbers as readers want them."""

from decimal import Decimal


def three_digits(value: float) -> str:
    """Rounded to three significant digits, with thousands separators and without an exponent: 0.05, 12.3, 1,230."""
    digits = f"{Decimal(f'{value:.3g}'):,f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


def points(difference: float) -> str:
    """A difference of two shares in percentage points, with its sign: +0.42."""
    return f"{100 * difference:+.2f}"
