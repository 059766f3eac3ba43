"""Made-up tweets: `replite.data.generated` writes them as a package in RepLab 2013's layout, and they are read as one."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from replite.data.readers.replab2013 import PackageDataset
from replite.data.splits import DataError, RawSplits
from replite.records.record import Made, RecordError


class GeneratedDataset(PackageDataset):
    """Made-up tweets, written in the RepLab 2013 package's layout and read by the same reader."""

    reader: Literal["generated"]
    """Which reader reads the data set."""
    topics: Annotated[int, Field(ge=2, le=40)] = 8
    """How many companies the tweets are about."""
    train_tweets_per_topic: Annotated[int, Field(ge=10)] = 600
    """Training tweets written for each company, before any is dropped."""
    test_tweets_per_topic: Annotated[int, Field(ge=5)] = 150
    """Test tweets written for each company, before any is dropped."""
    labelled: SkipJsonSchema[bool] = True
    """`False` reads the texts alone, for a model that answers with labels of its own; likewise."""
    written: SkipJsonSchema[str | None] = None
    """The folder of the package that was written, which the workflow says and no configuration."""

    def read(self) -> RawSplits:
        """See `PackageDataset.read`; without labels where it is not `labelled`."""
        raw = super().read()
        return raw if self.labelled else raw.without_labels()

    def at(self, folder: str | Path) -> Self:
        """The same with its package written to `folder`."""
        return self.model_copy(update={"written": str(folder)})

    @property
    def package(self) -> Path:
        """The folder of the package. Raises `DataError`."""
        if self.written is None:
            raise DataError("generated tweets are read from a package folder: write it first")
        return Path(self.written)

    def existing(self) -> Path:
        """The same, as it was written. Raises `DataError`, also if it was changed since."""
        folder = super().existing()
        if (document := folder.with_suffix(".json")).exists():
            try:
                Made.read(document).check_folder(document, folder)
            except RecordError as error:
                reason = str(error).rpartition(";")[0]
                raise DataError(f"{reason}; remove the folder {folder}, and the same command makes it again") from None
        return folder

    def files(self) -> list[Path]:
        """The package, whether or not it is written yet."""
        return [self.package]
