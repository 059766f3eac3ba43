"""The base of every group of keys, `Entry`, and the kinds of values that several groups share."""

import re
from collections.abc import Iterable
from typing import Annotated, Any, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.types import GetPydanticSchema
from pydantic_core import InitErrorDetails, PydanticCustomError, core_schema

from replite.files.names import NAME
from replite.printable import shown


class Entry(BaseModel):
    """A group of keys: unknown ones are refused, values are fixed once read."""

    # Built when first used: a job uses a few of the configuration's groups.
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, defer_build=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _no_truth_value_for_a_number(cls, data: Any) -> Any:
        """Python takes true for 1."""
        given = data if isinstance(data, dict) else {}
        kinds = {key: _kinds(field.annotation) for key, field in cls.model_fields.items() if key in given}
        numbers = [key for key, found in kinds.items() if found & {int, float} and bool not in found]
        wrong = [key for key in numbers if any(isinstance(value, bool) for value in _items(given[key]))]
        if wrong:
            kind = PydanticCustomError("truth_value", "a truth value, as YAML takes yes, no, on and off; a number is wanted")
            raise ValidationError.from_exception_data(
                cls.__name__, [InitErrorDetails(type=kind, loc=(key,), input=given[key]) for key in wrong]
            )
        return data

    def without(self, *keys: str) -> Self:
        """The same with these keys, where it has them, at their defaults."""
        return self.model_validate(self.model_dump(exclude=set(keys)))


def _items(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _kinds(annotation: Any) -> set[Any]:
    """The types that a value may have, or the items of a list."""
    parts = get_args(annotation)
    return set().union(*map(_kinds, parts)) if parts else {annotation}


def taken_for(written: str | None, value: object) -> str:
    """A message for who meant text: YAML took what is `written` (None: not known how) for `value`."""
    kinds = {bool: "a truth value", int: "a number", float: "a number", type(None): "no value"}
    spelled = {True: "yes, on or true", False: "no, off or false", None: "null or ~"}
    shown = written or (spelled[value] if value is None or isinstance(value, bool) else str(value))
    return f"YAML takes {shown} for {kinds.get(type(value), f'a {type(value).__name__}')}: put quotes around it"


def _check_name(name: str) -> str:
    if len(name) > LONGEST_NAME:
        raise ValueError(f"a name has {LONGEST_NAME} characters at most, because folders are named after it")
    if not re.fullmatch(NAME, name):
        raise ValueError("a name holds letters, digits, '_', '.', '+' and '-' only, because folders are named after it")
    return name


def check_label(label: str) -> str:
    """The label, if every table and terminal shows it as it is. Raises `ValueError`."""
    if len(label) > LONGEST_TEXT:
        raise ValueError(f"the label {shown(label)} is longer than {LONGEST_TEXT} characters; name it otherwise")
    if not label or not label.isprintable():
        hidden = "is empty or holds a line end or another invisible character"
        raise ValueError(f"the label {shown(label)} {hidden}; name it otherwise")
    return label


def one_of(names: Iterable[str]) -> GetPydanticSchema:
    """For a text that has to be one of the names of a table."""
    return GetPydanticSchema(lambda _source, _handler: core_schema.literal_schema([*names]))


def _check_plain_text(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > LONGEST_TEXT:
        raise ValueError(f"one line of at most {LONGEST_TEXT} characters is wanted, without invisible ones")
    return text


LONGEST_NAME = 100
LONGEST_TEXT = 500
TOLD = ("origin", "terms")
"""Keys of a data set or a model that people read, and that decide nothing."""
Label = Annotated[str, BeforeValidator(lambda value: str(value) if type(value) is int else value), AfterValidator(check_label)]
"""A label; whole numbers are text."""
Name = Annotated[str, AfterValidator(_check_name)]
PlainText = Annotated[str, AfterValidator(_check_plain_text)]
"""A line for people to read."""
Fraction = Annotated[float, Field(ge=0, le=1)]
