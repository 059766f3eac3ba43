"""Text from outside, as one may show it."""


def printable(text: str) -> str:
    """The text without escape sequences, marks of direction and other invisible characters."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" for sign in text)
