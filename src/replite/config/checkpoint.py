"""What a checkpoint is called where others read it."""

import re
from pathlib import Path


def checkpoint_name(checkpoint: str) -> str:
    """A checkpoint's name in the model hub, a package or the configuration; `a folder` for a path, which tells of a machine."""
    return "a folder" if is_path(checkpoint) else checkpoint


def is_path(name: str) -> bool:
    """Whether what names a checkpoint or a data set of the hub is a path instead."""
    part = r"[\w-][\w.-]*"
    hub = re.fullmatch(rf"(package:{part}(/{part})*|model:\S+|{part}(/{part})?)", name)
    return hub is None or Path(name).exists()
