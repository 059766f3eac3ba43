"""The error of an export."""


class ExportError(RuntimeError):
    """A model cannot be exported, or the file is not true to it; the message gives model, variant and figures."""
