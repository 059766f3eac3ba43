"""The seam of readers: a kind of data set that is defined here alone is prepared as any other."""

from pathlib import Path
from typing import Literal, get_args

import pandas as pd
import pytest

from replite.config.load import ConfigError, load
from replite.data.prepare import prepare
from replite.data.readers import Dataset
from replite.data.readers.reader import Reader
from replite.data.splits import COLUMNS, RawSplits, Split
from tests.unit.test_config import changed


class LinesDataset(Reader):
    """A text file with a label before each text."""

    reader: Literal["lines"]
    path: Path

    def read(self) -> RawSplits:
        rows = [("", str(number), "", text, label, "") for number, (label, text) in enumerate(self._lines())]
        return RawSplits(train=Split(pd.DataFrame(rows, columns=COLUMNS)), test=None, labels=["bad", "good"])

    def read_unlabelled(self) -> Split:
        return Split(self.read().train.rows.assign(label=""))

    def files(self) -> list[Path]:
        return [self.path]

    def _lines(self) -> list[list[str]]:
        return [line.split(maxsplit=1) for line in self.path.read_text().splitlines()]


def test_a_reader_is_one_class(tmp_path: Path) -> None:
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"{('bad', 'good')[number % 2]} text {number}\n" for number in range(100)))
    card = prepare("mine", LinesDataset(reader="lines", path=path), 0, tmp_path / "out")
    assert {part: split.rows for part, split in card.splits.items()} == {"train": 72, "validation": 8, "test": 20}
    assert card.reader == "lines"


def test_every_reader_is_one() -> None:
    readers = get_args(get_args(Dataset)[0])
    assert len(readers) >= 4
    assert all(issubclass(reader, Reader) for reader in readers)


def test_no_configuration_says_where_the_generated_package_lies() -> None:
    with pytest.raises(ConfigError, match=r"key 'datasets\.tweets\.written': the workflow alone says it"):
        load(changed("datasets.tweets", {"reader": "generated", "written": "precious"}))
