"""The kinds of data set. A new one is a module beside this one, with its keys and how it is read, and its name in `Dataset`."""

from typing import Annotated

from pydantic import Field

from replite.data.readers.conll import ConllDataset
from replite.data.readers.generated import GeneratedDataset
from replite.data.readers.hub import HubDataset
from replite.data.readers.huric import HuricDataset
from replite.data.readers.replab2013 import RepLab2013Dataset
from replite.data.readers.table import TableDataset

Dataset = Annotated[
    RepLab2013Dataset | GeneratedDataset | TableDataset | HubDataset | ConllDataset | HuricDataset, Field(discriminator="reader")
]
"""A data set as a configuration names it, by its `reader`."""
