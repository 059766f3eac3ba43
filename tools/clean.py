"""Remove what RepLite made in this folder (`make clean`) and say what; exit status 1 if anything else is left in its folders.

Results go by a closed list of names. Folders that another program filled go whole where a file in them proves what they are.
Nothing is removed through a link.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "src"))

from replite.device import folder as device_folder  # noqa: E402
from replite.files.names import RESULTS, STATE  # noqa: E402
from replite.files.removal import discard  # noqa: E402
from replite.files.scratch import sweep_run  # noqa: E402

TREES = {
    ".venv": "pyvenv.cfg",
    ".replite/runtimes/*": "pyvenv.cfg",
    ".replite/peers": "pyvenv.cfg",
    ".replite/userlands/*": "made-by-replite",
    ".snakemake": "log",
}
"""Folders that go whole, and what in them proves what they are."""
DEVICES = (".replite/devices/*/device", ".replite/devices/*/home/.cache/replite")
"""RepLite's folders on simulated devices."""
KEPT = ROOT / "results/README.md"


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    gone: list[Path] = []
    left: list[str] = []
    sweep_run(ROOT / "results", ROOT / ".replite")
    for folder in _folders(*DEVICES):
        try:
            gone += map(Path, device_folder.remove(str(folder))[0])
        except device_folder.FolderError as error:
            left.append(str(error))
    for pattern, proof in TREES.items():
        for folder in _folders(pattern):
            mounted = [mount for mount in device_folder.mounts() if Path(mount).is_relative_to(folder)]
            left += [f"{mount}: a mount point; unmount it, and run again" for mount in mounted]
            if (folder / proof).exists() and not mounted:
                shutil.rmtree(folder)
                gone.append(folder)
    for folder, names in ((ROOT / "results", RESULTS), (ROOT / ".replite", STATE)):
        removed, others = discard(folder, *names)
        gone += removed
        left += [f"{path}: RepLite did not put that there" for path in others if path != KEPT]
    print("".join(f"removed {path.relative_to(ROOT)}\n" for path in gone), end="")
    if left:
        sys.exit("\n".join(f"left {line}" for line in left))


def _folders(*patterns: str) -> list[Path]:
    """Folders of this one that are reached through no link."""
    return [path for pattern in patterns for path in ROOT.glob(pattern) if path.is_dir() and path == path.resolve()]


if __name__ == "__main__":
    main()
