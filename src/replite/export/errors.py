"""What can be wrong with an exported file."""


class ExportError(RuntimeError):
    """A model cannot be exported, or the file is not true to it; the message gives model, variant and figures."""
