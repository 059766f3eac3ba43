"""What is wrong with a crate."""


class CrateError(Exception):
    """A crate cannot be made or read; the message names it, what is wrong and what to do."""
