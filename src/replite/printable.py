"""Text from outside, as one may show it."""

MOST_CHARACTERS = 30
"""In a value that is no text."""


def shown(value: str, most_words: int = 3) -> str:
    """A value of a data set's file as a message may show it: one that may be a text, which no message shows, by its length."""
    if len(value) > MOST_CHARACTERS or len(value.split()) > most_words:
        return f"(a text of {len(value)} characters)"
    return repr(value)


def printable(text: str) -> str:
    """The text without escape sequences, marks of direction and other invisible characters."""
    return "".join(sign if sign.isprintable() else " " if sign.isspace() else "\N{REPLACEMENT CHARACTER}" for sign in text)
