"""What every group of keys is: an `Entry`, and the kinds of values that several groups share."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


class Entry(BaseModel):
    """A group of keys: unknown ones are refused, values are fixed once read."""

    # Built when first used: a job uses a few of the configuration's groups.
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True)


def _check_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.+-]*", name):
        raise ValueError("a name holds letters, digits, '_', '.', '+' and '-' only, because folders are named after it")
    return name


Name = Annotated[str, AfterValidator(_check_name)]
Fraction = Annotated[float, Field(ge=0, le=1)]
