"""ro-crate-metadata.json: what a crate holds, in the words of RO-Crate 1.2, each file with its hash, and a seal over all."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from replite.crate.contents import METADATA, is_packed
from replite.crate.errors import CrateError
from replite.records.provenance import Provenance
from replite.records.record import seal_of

SCHEMA = "1"
"""Counts up with every change that makes older crates unreadable."""
RO_CRATE = "1.2"
DESCRIPTION = (
    "A study of quantized text classifiers on devices, by RepLite: its configuration, records, samples, tables, figures and "
    "report. Texts, the vocabularies learnt from them and the models are not in it; the records have their hashes."
)
LICENSE = "Not stated. What holds for the data sets and checkpoints is told by provenance.json, as far as it was given."
SEAL = "urn:sha256:"
"""Before the hash of all other content, in the crate's `identifier`."""
FORMATS = {
    "csv": "text/csv",
    "dat": "text/tab-separated-values",
    "html": "text/html",
    "json": "application/json",
    "md": "text/markdown",
    "pdf": "application/pdf",
    "png": "image/png",
    "svg": "image/svg+xml",
    "tex": "application/x-tex",
}
"""Media types by the ending of a file's name."""
_LARGEST = 256_000_000
_EPOCH = datetime(1980, 1, 1, tzinfo=UTC)
"""Of a study of which nothing was measured."""


@dataclass(frozen=True)
class Packed:
    """A file of a crate."""

    sha256: str
    size: int
    """In bytes."""


@dataclass(frozen=True)
class Metadata:
    """What a crate says of itself."""

    report: str
    """Name of the report."""
    files: Mapping[str, Packed]
    """By name."""

    @classmethod
    def read(cls, root: Path) -> Self:
        """That of the crate in a folder. Raises `CrateError` if it is not, byte for byte, as it was written."""
        path = root / METADATA
        if not path.is_file() or path.stat().st_size > _LARGEST:
            raise CrateError("there is no such file, or it is too large; get the crate anew")
        written = path.read_bytes()
        try:
            content = json.loads(written)
            entities = {entity["@id"]: entity for entity in content["@graph"]}
            crate = entities["./"]
            schema, seal, page = crate["version"], crate.pop("identifier"), unquote(crate["mainEntity"]["@id"])
            whole = seal == SEAL + seal_of(content)
            crate["identifier"] = seal
            if schema != SCHEMA:
                hint = "take the version of RepLite that packed it"
                raise CrateError(f"packed by another version of RepLite (schema {schema!s:.20}, this one reads {SCHEMA}); {hint}")
            if not whole or _text(content).encode() != written:
                raise CrateError("changed after it was packed: its content is not what its seal says; get the crate anew")
            files = [entity for entity in entities.values() if entity["@type"] == "File"]
            report = page.split("/")[1]
            packed = {unquote(file["@id"]): Packed(str(file["sha256"]), int(file["contentSize"])) for file in files}
        except (ValueError, KeyError, IndexError, TypeError, AttributeError, RecursionError):
            raise CrateError("changed after it was packed, or not the one of a crate of RepLite's; get the crate anew") from None
        if not all(map(is_packed, packed)):
            raise CrateError("names a file that is none of a crate's; get the crate anew")
        return cls(report, packed)


def text(provenance: Provenance, report: str, files: Mapping[str, Packed], left_out: Mapping[str, str]) -> str:
    """The document of a crate of these files, by name; `left_out` are the hashes of those of the study that are not in it.

    The same content gives the same text: all dates are those of measurements.
    """
    # Heavier than the check of a crate, which does without.
    from rocrate.model import ContextEntity
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version=RO_CRATE)

    def described(place: str, kind: str, **more: Any) -> Any:
        return crate.add(ContextEntity(crate, f"#{place}", {"@type": kind, **more}))

    for name, file in sorted(files.items()):
        form = {"encodingFormat": FORMATS[name.rpartition(".")[2]], "sha256": file.sha256, "contentSize": str(file.size)}
        crate.add_file(dest_path=name, properties={"name": name, **form})
    page, period = crate.get(quote(f"report/{report}/report.html")), provenance.measured
    about = {"name": "RepLite", "softwareVersion": provenance.replite.version}
    replite = described("replite", "SoftwareApplication", **about, identifier=provenance.replite.commit or "unknown")
    times = {"startTime": period.first.isoformat(), "endTime": period.last.isoformat()} if period else {}
    study = described("study", "CreateAction", name="Training, export and measurement", instrument=replite, result=page, **times)
    missing = [
        described(f"left-out/{name}", "CreativeWork", name=name, sha256=digest) for name, digest in sorted(left_out.items())
    ]
    title = provenance.configuration.get("report", {}).get("title")
    for key, value in {
        "name": str(title or report),
        "description": DESCRIPTION,
        "datePublished": (period.last if period else _EPOCH).date().isoformat(),
        "license": LICENSE,
        "version": SCHEMA,
        "mainEntity": page,
        "mentions": [study, *missing],
    }.items():
        crate.root_dataset[key] = value
    content = json.loads(json.dumps(crate.metadata.generate()))
    next(entity for entity in content["@graph"] if entity["@id"] == "./")["identifier"] = SEAL + seal_of(content)
    return _text(content)


def _text(content: Any) -> str:
    return json.dumps(content, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
