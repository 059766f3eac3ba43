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

FRAMES = "semantics/frames/frame"


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
        return sorted(path.rglob("*.hrc")) if path.is_dir() else [path] if path.exists() else []

    def _rows(self, faults: Counter[str]) -> pd.DataFrame:
        path = existing(Path(self.path), "path")
        rows = [row for name, content in sorted(_contents(path)) for row in _commands(name, content, faults)]
        if not rows:
            raise DataError(f"{path}: no '.hrc' file with a command in it; 'path' names a folder of them, or a .tar.gz")
        return pd.DataFrame(rows, columns=COLUMNS, index=pd.RangeIndex(1, len(rows) + 1, name="command"))


def _contents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and content of each file. Nothing is unpacked to the disk."""
    if path.is_dir():
        yield from ((str(file), file.read_bytes()) for file in path.rglob("*.hrc"))
        return
    try:
        with tarfile.open(fileobj=io.BytesIO(content_of(path))) as archive:
            for member in archive:
                file = archive.extractfile(member) if member.isfile() and member.name.endswith(".hrc") else None
                if file:
                    yield f"{path}: {member.name}", file.read()
    except (tarfile.TarError, OSError, EOFError, zlib.error) as error:
        raise DataError(f"{path}: neither a folder nor a whole .tar or .tar.gz file: {error}") from None


def _commands(name: str, content: bytes, faults: Counter[str]) -> Iterator[tuple[str, ...]]:
    """A row for each command of a file, which has one as a rule."""
    example = _parse(name, content)
    found = example.findall("commands/command")
    if example.tag != "huricExample" or not example.get("id") or not found:
        raise DataError(f"{name}: no command of HuRIC: <huricExample id=...> with <commands> and <command> in it is wanted")
    for number, command in enumerate(found, start=1):
        frames = [frame.get("name", "") for frame in command.findall(FRAMES)]
        gold = "" if command.find("semantics/frames") is None else of_labels(frames, faults)
        identity = example.get("id", "") + (f"-{number}" if len(found) > 1 else "")
        yield "", identity, "", command.findtext("sentence", ""), gold, ""


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
    return builder.close()
