"""Reader of HuRIC, the Human Robot Interaction Corpus (https://github.com/crux82/huric): commands to robots and their frames."""

import io
import tarfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

import pandas as pd

from replite.data.readers.files import content_of
from replite.data.readers.gold import of_labels
from replite.data.readers.own import OwnTweets, existing, labels_in, to_split
from replite.data.splits import COLUMNS, DataError, RawSplits, Split
from replite.printable import printable

FRAMES = "semantics/frames/frame"
PATTERN = "*.[hH][rR][cC]"
LARGEST_BYTES = 64_000_000
"""Of a file in an archive; HuRIC's have some thousand."""


class HuricDataset(OwnTweets):
    """HuRIC's commands in its own XML files; a command's labels are the names of its frames. It has no official split."""

    reader: Literal["huric"]
    """Which reader reads the data set."""
    task: Literal["several_labels"] = "several_labels"
    """What a text is labelled with."""
    path: str
    """A folder with `.hrc` files, in folders of any depth, or an archive of one (`.tar`, `.tar.gz`)."""

    def read(self) -> RawSplits:
        """The commands. Raises `DataError` for what is no HuRIC file, and what `to_split` refuses."""
        faults: Counter[str] = Counter()
        rows = self._rows(faults)
        labels = self.labels or labels_in(rows, self, self.path)
        train = to_split(rows, self, labels, self.path, faults)
        return RawSplits(train, test=None, labels=labels, test_fraction=self.test_fraction, faults=faults)

    def read_unlabelled(self) -> Split:
        """Raises `DataError`: all commands have frames."""
        raise DataError("HuRIC has no commands without frames")

    def files(self) -> list[Path]:
        """The archive, or the files in the folder."""
        path = Path(self.path)
        if path.is_dir():
            return sorted(file for file in path.rglob(PATTERN) if file.is_file())
        return [path]

    def _rows(self, faults: Counter[str]) -> pd.DataFrame:
        path = existing(Path(self.path), "path")
        found = [(name, row) for name, content in sorted(_contents(path)) for row in _commands(name, content, faults)]
        if not found:
            raise DataError(f"{path}: no '.hrc' file with a command in it; 'path' names a folder of them, or a .tar.gz")
        places = pd.Index([f"{number} ({name})" for number, (name, _) in enumerate(found, start=1)], name="command")
        return pd.DataFrame([row for _, row in found], columns=COLUMNS, index=places)


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file. Nothing is unpacked to the disk. Raises `DataError`."""
    if path.is_dir():
        yield from ((str(file), content_of(file)) for file in path.rglob(PATTERN) if not file.is_dir())
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(content_of(path))) as archive:
            for member in archive:
                if member.isdir() or not member.name.lower().endswith(".hrc"):
                    continue
                name = f"{path}: {printable(member.name)}"
                if not member.isreg() or member.issparse() or member.size > LARGEST_BYTES:
                    raise DataError(
                        f"{name}: a link, no plain file, or larger than {LARGEST_BYTES:,} bytes; pack the file itself"
                    )
                if file := archive.extractfile(member):
                    yield name, file.read()
            _check_end(archive)
    except (tarfile.TarError, OSError, EOFError, ValueError, zlib.error) as error:
        if isinstance(error, DataError):
            raise
        cause = " ".join(str(error).split())
        raise DataError(f"{path}: neither a folder nor a whole .tar or .tar.gz file: {cause}") from None


def _check_end(archive: tarfile.TarFile) -> None:
    """Raise `tarfile.ReadError` unless zeros alone follow: tarfile takes a damaged header for the end, and a cut one."""
    assert archive.fileobj is not None
    archive.fileobj.seek(archive.offset)
    size, others = 0, b""
    while not others and (
        block := archive.fileobj.read(tarfile.RECORDSIZE)
    ):  # of an archive that unpacks to more than memory holds
        size, others = size + len(block), block.strip(b"\0")
    if size < tarfile.BLOCKSIZE or others:
        raise tarfile.ReadError(f"no end where one is wanted, at byte {archive.offset}")


def _commands(name: str, content: bytes, faults: Counter[str]) -> Iterator[tuple[str, ...]]:
    """A row for each command of a file, which has one as a rule."""
    example = _parse(name, content)
    found = example.findall("commands/command")
    if len(found) < len(_named(example, "command")):
        raise DataError(f"{name}: a <command> stands elsewhere than in <commands>, or is written otherwise; put it there")
    if example.tag != "huricExample" or not example.get("id") or not found:
        raise DataError(f"{name}: no command of HuRIC: <huricExample id=...> with <commands> and <command> in it is wanted")
    for number, command in enumerate(found, start=1):
        _check_form(name, command)
        frames = [frame.get("name", "") for frame in command.findall(FRAMES)]
        gold = "" if command.find("semantics/frames") is None else of_labels(frames, faults)
        identity = example.get("id", "") + (f"-{number}" if len(found) > 1 else "")
        yield "", identity, "", command.findtext("sentence", ""), gold, ""


def _check_form(name: str, command: Element) -> None:
    """What lies within what is read would be passed over without a word. Raises `DataError`."""
    if len(command.findall("sentence")) > 1 or command.find("sentence/*") is not None:
        raise DataError(f"{name}: a <command> has one <sentence>, with nothing but text in it; take the rest out")
    if len(command.findall(FRAMES)) < len(_named(command, "frame")):
        raise DataError(f"{name}: a <frame> stands elsewhere than in <semantics> and <frames>; put it there, or take it out")


def _named(element: Element, name: str) -> list[Element]:
    """All elements below with that name, however its letters are written."""
    return [each for each in element.iter() if each.tag.lower() == name]


def _parse(name: str, content: bytes) -> Element:
    """The root. A file with a document type, by which entities could be declared that grow without limit, is refused."""

    def refuse(*_: Any) -> None:
        raise DataError(f"{name}: a document type is declared, which HuRIC's files have none of; take it out")

    builder, parser = TreeBuilder(), expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = builder.data, refuse
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise DataError(f"{name}: line {error.lineno}: not well-formed XML: {expat.ErrorString(error.code)}") from None
    except (LookupError, ValueError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"{name}: line 1: the encoding declared there cannot be read ({error}); save the file as UTF-8") from None
    return builder.close()
