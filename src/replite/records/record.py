"""Records: JSON with a fixed set of keys, written atomically; those that stages leave for others are sealed documents."""

import hashlib
import json
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, ClassVar, Self, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from replite import handover
from replite.files import sha256, write_text
from replite.files.names import SNAKEMAKES_OWN

REMEDY = "remove it, and the same command makes it again"


class RecordError(ValueError):
    """A record is missing or malformed; the message names the file."""


class MalformedError(RecordError):
    """A record's content is not what its kind may hold; the message names the file, the field, its value and the limit."""


class Record(BaseModel):
    """A JSON document with a fixed set of keys."""

    # Built when first used: a job uses a few of all these, and there may be hundreds of jobs.
    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, protected_namespaces=(), defer_build=True)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The record in `path`. Raises `RecordError`, `MalformedError` among them."""
        try:
            return cls._validate(path, path.read_bytes())
        except FileNotFoundError:
            raise RecordError(f"{path}: there is no such file") from None

    @classmethod
    def _validate(cls, path: Path, text: str | bytes) -> Self:
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise MalformedError(f"{path}: not a {cls.__name__}: {first_fault(error)}") from None

    def write(self, path: Path) -> None:
        """Write the record to `path`, whole or not at all."""
        write_text(path, self.model_dump_json(indent=2) + "\n")


def first_fault(error: ValidationError) -> str:
    """The field that failed first, its value and what it should be."""
    first = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    value = "" if first["type"] == "missing" or isinstance(first["input"], dict) else f" {first['input']!r:.40}"
    return f"{where or 'the whole file'}{value if where else ''}: {first['msg']}"


class Identity(Record):
    """A link of the chain from the sources to the report: SHA-256 hashes by the files' paths from the document's folder."""

    decision: str = ""
    """Hash of all that decided the outcome beside the inputs; empty where nothing did. Planning reads no further than this."""
    inputs: dict[str, str] = {}
    """The files that the job read."""
    outputs: dict[str, str] = {}
    """The files that it wrote beside this document."""

    @classmethod
    def of(cls, document: Path, *, inputs: Iterable[Path] = (), decision: Any = None, outputs: Iterable[Path] = ()) -> Self:
        """Of files as they are now, for the document that will stand at `document`; `decision` is what else decided."""
        digest = "" if decision is None else handover.digest(decision)
        read, made = ({_name(path, document): sha256(path) for path in paths} for paths in (inputs, outputs))
        return cls(decision=digest, inputs=read, outputs=made)


_DECISION_WITHIN = 512
"""Bytes from which a document's decision is read; it stands at the beginning of its identity, which opens the document."""
_DECISION = re.compile(rb'"identity":\s*{\s*"decision":\s*"(\w*)"')


def decided_otherwise(document: Path, decision: Any) -> bool:
    """Whether something else than `decision` decided a document; one that does not say is left to those who read it."""
    try:
        with document.open("rb") as file:
            recorded = _DECISION.search(file.read(_DECISION_WITHIN))
    except OSError:
        return False
    return recorded is not None and recorded[1].decode() != handover.digest(decision)


class Document(Record):
    """A record that a stage leaves for others, sealed with a hash of its content and the version of its schema.

    The seal and the identity show what was changed by accident or by hand after it was made; they are no signature, and whoever
    wants to forge them can.
    """

    SCHEMA: ClassVar[int] = 2
    """Counts up with every change that makes older documents of the kind unreadable."""
    identity: Identity = Identity()
    """The files that it was made from, and those made with it."""

    @classmethod
    def read(cls, path: Path) -> Self:
        """The document in `path`. Raises `RecordError`, also for an older one and for one that was changed."""
        content = _parse(path)
        if (schema := content.pop("schema_version", None)) != cls.SCHEMA:
            raise RecordError(
                f"{path}: written by another version of RepLite (schema {schema or 1}, this one reads {cls.SCHEMA}); {REMEDY}"
            )
        if content.pop("seal", None) != seal_of(content):
            raise RecordError(f"{path}: changed after it was made: its content is not what its seal says; {REMEDY}")
        return cls._validate(path, json.dumps(content))

    def write(self, path: Path) -> None:
        """Write the document to `path`, whole or not at all."""
        write_text(path, self.sealed())

    def sealed(self) -> str:
        """The document as it is written."""
        content = self.model_dump(mode="json")
        sealed = {"schema_version": self.SCHEMA, **content, "seal": seal_of(content)}
        return json.dumps(sealed, indent=2, ensure_ascii=False) + "\n"

    def check(self, document: Path, *files: Path) -> None:
        """Raise `RecordError` unless the files are as the job left them that wrote this document, which stands at `document`."""
        for file in files:
            check_file(file, self.identity.outputs.get(_name(file, document)), document)

    def check_folder(self, document: Path, folder: Path) -> None:
        """The same for all files of a folder, which has to hold no others."""
        prefix = f"{_name(folder, document)}/"
        expected = {name.removeprefix(prefix) for name in self.identity.outputs if name.startswith(prefix)}
        files = (path for path in folder.rglob("*") if not path.is_dir() and not re.fullmatch(SNAKEMAKES_OWN, path.name))
        there = {path.relative_to(folder).as_posix() for path in files}
        self.check(document, *(folder / name for name in sorted(expected | there)))


def read_sealed(path: Path) -> Identity:
    """The identity of a document of whatever kind, every byte of which is as it was written. Raises `RecordError`."""
    content = _parse(path)
    text = json.dumps(content, indent=2, ensure_ascii=False) + "\n"
    if "seal" not in content or path.read_bytes() != text.encode(errors="surrogatepass"):
        raise RecordError(f"{path}: changed after it was made: not as RepLite writes it; {REMEDY}")
    seal, _ = content.pop("seal"), content.pop("schema_version", None)
    if seal != seal_of(content):
        raise RecordError(f"{path}: changed after it was made: its content is not what its seal says; {REMEDY}")
    return Identity._validate(path, json.dumps(content.get("identity")))


class Made(Document):
    """The document of files that have nothing else to say; it stands beside the first of them, with the ending .json."""

    @classmethod
    def seal(cls, *files: Path, document: Path | None = None, decision: Any = None) -> None:
        """Write the document of files that were just made, as `decision` says."""
        document = document or files[0].with_suffix(".json")
        cls(identity=Identity.of(document, decision=decision, outputs=files)).write(document)

    @classmethod
    def read(cls, path: Path) -> Self:
        """The document in `path`. Raises `RecordError`; no rule makes one alone that is missing."""
        if not path.exists():
            raise RecordError(
                f"{path}: there is no such file; remove what was made with it too, and the same command makes all again"
            )
        return super().read(path)

    @classmethod
    def verify(cls, file: Path) -> None:
        """Raise `RecordError` unless `file` is as it was made."""
        document = file.with_suffix(".json")
        cls.read(document).check(document, file)


def check_file(file: Path, digest: str | None, document: Path) -> None:
    """Raise `RecordError` unless the file's SHA-256 is the `digest` that its maker's document gives."""
    if not file.is_file():
        raise RecordError(f"{file}: there is no such file, though {document} describes it; remove that, and run again")
    if digest is None or sha256(file) != digest:
        raise RecordError(f"{file}: changed after it was made: not the file that {document} describes; {REMEDY}")


def check_chain(documents: Mapping[Path, Document]) -> None:
    """Raise `RecordError` for one of the documents, by their paths, that was made from another file than is there now.

    Looks at the documents themselves and the files that they describe; results that were copied here may be of another run.
    """
    now = {_place(path, path.name): sha256(path) for path in documents}
    now |= {_place(path, name): digest for path, each in documents.items() for name, digest in each.identity.outputs.items()}
    for path, document in documents.items():
        for name, digest in document.identity.inputs.items():
            if now.get(_place(path, name), digest) != digest:
                raise RecordError(f"{path}: made from another {_place(path, name)} than is there now; {REMEDY}")


def _place(document: Path, name: str) -> str:
    return os.path.normpath(document.parent / name)


def _name(file: Path, document: Path) -> str:
    return Path(os.path.relpath(file, document.parent)).as_posix()


def seal_of(content: dict[str, Any]) -> str:
    """The SHA-256 of a document's content, in whatever order its keys are."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


def _parse(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_bytes())
    except FileNotFoundError:
        raise RecordError(f"{path}: there is no such file") from None
    except (OSError, ValueError, RecursionError) as error:
        raise RecordError(f"{path}: not a JSON document: {error}; {REMEDY}") from None
    if not isinstance(content, dict):
        raise RecordError(f"{path}: not a JSON object; {REMEDY}")
    return content


RecordT = TypeVar("RecordT", bound=Record)
"""A kind of record."""
