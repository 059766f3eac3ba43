"""The device program as one file: a zip archive that Python runs."""

import io
import zipfile
from pathlib import Path

import replite.device
from replite import tasks

_START = """import sys
if sys.version_info < (3, 8):
    sys.exit("error: this is Python %d.%d; RepLite needs 3.8 or newer on a device" % sys.version_info[:2])
from replite_device.__main__ import main
main()
"""


def archive() -> bytes:
    """`replite.device` as the package `replite_device`; equal sources give equal bytes, so that it is uploaded once.

    With the heads of all tasks, those of other packages too.
    """
    folder = Path(replite.device.__path__[0])
    sources = {str(path.relative_to(folder)): path for path in folder.rglob("*.py")}
    sources |= {f"heads/{task}.py": path for task, path in tasks.heads().items()}
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(zipfile.ZipInfo("__main__.py"), _START)
        for name, source in sorted(sources.items()):
            file.writestr(zipfile.ZipInfo(f"replite_device/{name}"), source.read_bytes())
    return content.getvalue()
