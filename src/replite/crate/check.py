"""A crate checked: every file against its metadata and the chain of records, and its tables and answers made once more."""

from dataclasses import replace
from pathlib import Path

from replite.crate.archive import opened
from replite.crate.contents import BASELINES, LEFT_OUT, METADATA, TRAINING
from replite.crate.errors import CrateError
from replite.crate.labels import OF_A_CRATE
from replite.crate.metadata import Metadata
from replite.files import sha256
from replite.verify.check import Checked, check


def check_crate(path: Path) -> Checked:
    """Check the crate, a zip archive or a folder; nothing of it is run or changed. Raises `CrateError` for what is none."""
    with opened(path) as (root, damaged):
        found = _check(root, damaged)
    return replace(found, faults={**found.faults, **damaged}, right=found.right - damaged.keys())


def _check(root: Path, damaged: dict[str, str]) -> Checked:
    there = {file.relative_to(root).as_posix() for file in root.rglob("*") if file.is_file()} - {METADATA}
    try:
        metadata = Metadata.read(root)
    except CrateError as error:
        return _by_the_records(root, there, {METADATA: str(error)})
    faults = {name: "there is no such file, though the metadata name it" for name in metadata.files if name not in there}
    faults |= {name: "the metadata do not name it" for name in there if name not in metadata.files}
    for name in sorted(there & metadata.files.keys()):
        if sha256(root / name) != metadata.files[name].sha256:
            faults[name] = "changed after it was packed: not the file that the metadata name"
    right = frozenset({*there, METADATA} - faults.keys())
    if faults or damaged:
        return Checked(right, faults)
    found = check(root, metadata.report, texts=OF_A_CRATE, left_out=LEFT_OUT)
    of_texts = {
        f"{name.rsplit('/', 1)[0]}/{of}" for name in found.right if name.startswith("data/") for of in (BASELINES, TRAINING)
    }
    described = {*found.right, *of_texts}
    faults = dict(found.faults) or dict.fromkeys(there - described, "no record describes it")
    return replace(found, faults=faults, right=right - faults.keys())


def _by_the_records(root: Path, there: set[str], faults: dict[str, str]) -> Checked:
    """Without metadata that can be believed, the records say what else is wrong."""
    names = sorted({name.split("/")[1] for name in there if name.startswith("report/")})
    if len(names) != 1:
        return Checked(frozenset(), faults)
    found = check(root, names[0], texts=OF_A_CRATE, left_out=LEFT_OUT)
    return replace(found, faults={**faults, **found.faults})
