"""The errors of this stage."""


class ReportError(ValueError):
    """The results cannot be merged or shown; the message names the file, the line or column, and the fix."""
