"""The device program as one file: a zip archive that Python runs."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import replite.device

_START = """import sys
if sys.version_info < (3, 8):
    sys.exit("error: this is Python %d.%d; RepLite needs 3.8 or newer on a device" % sys.version_info[:2])
from replite_device.__main__ import main
main()
"""


def archive() -> bytes:
    """`replite.device` as the package `replite_device`; equal sources give equal bytes, so that it is uploaded once."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("__main__.py"), _START)
        for source in sorted(Path(replite.device.__path__[0]).glob("*.py")):
            file.writestr(zipfile.ZipInfo(f"replite_device/{source.name}"), source.read_bytes())
    return content.getvalue()
