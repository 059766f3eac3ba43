"""What the device's Python has and lacks, and what is installed for it: wheels unpacked into a folder that goes on its path.

No package installer is needed on the device, and nothing outside the folder is touched.
"""

from __future__ import annotations

import json
import os
import platform
import struct
import zipfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Sequence

from . import runtimes

_32_BIT = {"aarch64": "armv7l", "armv8l": "armv7l", "x86_64": "i686"}
"""What a 32-bit program is built for on machines whose kernel is a 64-bit one."""


def survey() -> dict[str, Any]:
    """The fields of `replite.measure.provision.Survey`; nothing is imported for it."""
    machine = platform.machine()
    return {
        "machine": _32_BIT.get(machine, machine) if struct.calcsize("P") == 4 else machine,
        "python": platform.python_version(),
        "glibc": platform.libc_ver()[1],
        "numpy": _version("numpy"),
        "runtimes": runtimes.installed(),
    }


def pin(processors: Sequence[int]) -> None:
    """Have this process and all that it starts use these processors only. Raises `RuntimeError` if it may not use one of them."""
    allowed = os.sched_getaffinity(0)
    if not set(processors) <= allowed:
        raise RuntimeError(f"'processors' names others than there are for a program here: {', '.join(map(str, sorted(allowed)))}")
    os.sched_setaffinity(0, processors)


def install(wheels: Sequence[Path], folder: Path) -> None:
    """Unpack wheels into a folder that is not there yet. Each is a zip archive whose members' checksums are checked."""
    folder.mkdir(parents=True)
    for wheel in wheels:
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(folder)


def verify(model: Path, known: Path, runtime: str) -> None:
    """Run a model whose outputs are known. Raises `RuntimeError` if the runtime gives others.

    `known` is a JSON object: `input` (int32 values), `output` (float values) and `tolerance` (of their absolute difference).
    """
    import numpy as np

    expected = json.loads(known.read_text(encoding="utf-8"))
    name = runtimes.choose(runtime)
    interpreter = runtimes.load(name).Interpreter(model_path=str(model), num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], np.array([expected["input"]], np.int32))
    interpreter.invoke()
    output = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])[0]
    difference = float(np.abs(output - np.array(expected["output"], np.float32)).max())
    if not difference <= expected["tolerance"]:
        raise RuntimeError(f"{name} miscomputes a known model by {difference:.3g} on this processor")


def _version(package: str) -> str | None:
    """Its version, or None if it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None
