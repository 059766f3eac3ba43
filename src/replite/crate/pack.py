"""A crate made of a finished study."""

from collections.abc import Sequence
from pathlib import Path

from replite.crate import archive, labels, metadata, private
from replite.crate.contents import METADATA, is_left_out, is_packed
from replite.crate.errors import CrateError
from replite.crate.metadata import Metadata, Packed
from replite.files import sha256, write_text
from replite.files.scratch import scratch
from replite.verify.check import check
from replite.verify.study import Study


def pack(root: Path, name: str, output: Path, *, decision: str, own: Sequence[str]) -> int:
    """Write the crate of the study of the report of this name in a folder of results to `output`; how many files it holds.

    The study is checked first, `decision` as `check` has it; `own` are the words that no crate may tell. The same study
    gives the same bytes. Raises `CrateError`, also where anything but a crate stands at `output`; `DiskFullError`.
    """
    _check_place(output)
    found = check(root, name, decision)
    if found.faults:
        raise CrateError(f"{root}: not packed, for it is not as recorded: {'; '.join(found.lines())}")
    study = Study.read(root, name)
    with scratch() as folder:
        files = {file: root / file for file in found.right if not is_left_out(file)} | labels.write(study, folder)
        if unknown := next((file for file in sorted(files) if not is_packed(file)), None):
            raise CrateError(f"{root / unknown}: no file that a crate may hold; packed is what RepLite's own studies are made of")
        private.check(files, own)
        packed = {file: Packed(sha256(path), path.stat().st_size) for file, path in files.items()}
        left_out = {file: sha256(root / file) for file in found.right if is_left_out(file)}
        write_text(folder / METADATA, metadata.text(study.provenance, name, packed, left_out))
        try:
            archive.write(output, {METADATA: folder / METADATA, **files})
        except OSError as error:
            raise CrateError(f"{output}: {error.strerror}: make it possible to write there, and run again") from None
    return len(files) + 1


def _check_place(output: Path) -> None:
    """Raise `CrateError` if there is something at `output` that is no crate of this form."""
    if output.is_symlink() or output.exists():
        try:
            if output.is_symlink() or not output.is_file():
                raise CrateError("no file")
            with archive.opened(output) as (root, _):
                Metadata.read(root)
        except CrateError as error:
            raise CrateError(
                f"{output}: stands where the crate is to be written, and is none ({error}); move it elsewhere"
            ) from None
