"""The chain of identity, followed from a study's documents to its end: every hash that stands in it against the file on the disk.

The file itself is named where no document describes it as it is now, and the document where another one does. A document that was
changed is believed in nothing.
"""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from replite.files import sha256
from replite.progress import Progress
from replite.records.record import Identity, RecordError, read_sealed

LARGEST_DOCUMENT = 64_000_000
"""Bytes; RepLite's own have a thousandth of it."""
_CHECKPOINT = re.compile(r"(.*/)?checkpoint/[^/]*")
"""In such a folder JSON files are those of a model."""

Claims = dict[str, str]
"""The SHA-256 of one file by the document that says so."""


@dataclass
class Chain:
    """What was found; files are named from the folder of results."""

    files: dict[str, str] = field(default_factory=dict)
    """SHA-256 of each file that is there, as it is now."""
    elsewhere: dict[str, str] = field(default_factory=dict)
    """That of each which is not looked for, as a document says."""
    faults: dict[str, str] = field(default_factory=dict)
    """By file, what is wrong with it."""


def follow(root: Path, documents: Iterable[str], left_out: str = "") -> Chain:
    """Compare the files of these documents, and of those which they were made from, with what the documents say.

    A file whose name matches `left_out`, a regular expression, need not be there; one outside of `root` is not looked for.
    """
    chain = Chain()
    claims = _read(root, list(dict.fromkeys(documents)), chain)
    there = {name: root / name for name in sorted(claims) if not name.startswith("../")}
    chain.elsewhere = {
        name: next(iter(claims[name].values()))
        for name in claims
        if name not in there or (re.fullmatch(left_out, name) and not os.path.lexists(there[name]))
    }
    names = [name for name in there if name not in chain.elsewhere]
    sizes = {name: round(there[name].stat().st_size / 1e6) if there[name].is_file() else 0 for name in names}
    progress = Progress("verify", sum(sizes.values()), unit="MB")
    for name in names:
        _compare(name, there[name], claims[name], chain)
        progress.update(sizes[name])
    return chain


def _read(root: Path, waiting: list[str], chain: Chain) -> dict[str, Claims]:
    """What the documents, and those of the files that they name, say of all these files."""
    claims: defaultdict[str, Claims] = defaultdict(dict)
    read: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in read:
            continue
        read.add(name)
        claims[name]  # the document is a file too
        try:
            identity = _identity(root / name)
        except RecordError as error:
            chain.faults[name] = str(error).removeprefix(f"{root / name}: ")
            continue
        for relative, digest in {**identity.inputs, **identity.outputs}.items():
            file = os.path.normpath(os.path.join(os.path.dirname(name), relative))
            claims[file][name] = digest
            waiting += [each for each in _documents_of(file) if (root / each).is_file()]
    return claims


def _identity(path: Path) -> Identity:
    if path.is_file() and path.stat().st_size > LARGEST_DOCUMENT:
        raise RecordError(f"{path}: too large for a document of RepLite's; remove it")
    return read_sealed(path)


def _documents_of(file: str) -> set[str]:
    """The documents that may describe a file, itself among them."""
    if file.startswith("../") or _CHECKPOINT.fullmatch(file):
        return set()
    return {f"{os.path.splitext(file)[0]}.json"}


def _compare(name: str, path: Path, claims: Claims, chain: Chain) -> None:
    said_by = next(iter(claims), "")
    if not path.is_file():
        chain.faults.setdefault(name, f"there is no such file, though {said_by} describes it")
        return
    chain.files[name] = digest = sha256(path)
    if claims and digest not in claims.values():
        chain.faults.setdefault(name, f"changed after it was made: not the file that {said_by} describes")
        return
    for document, other in claims.items():
        if other != digest:
            chain.faults.setdefault(document, f"made from another {name} than is there now")
