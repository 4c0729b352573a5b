"""The two kinds of value that cross a boundary: what we keep, and what people send us.

State and results ignore unknown fields, so that a rolled-back release can still read newer histories. Commands forbid
them, so that a typing error is refused instead of silently dropped (docs/specification/temporal.md 1).
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="after")
    def _storable(self) -> Self:
        """PostgreSQL stores no NUL character: a text with one would be accepted and then never be saved."""
        for name in type(self).model_fields:
            if _holds_nul(getattr(self, name)):
                raise ValueError(f"{name} holds a NUL character; remove it")
        return self


def _holds_nul(value: object) -> bool:
    """Also in lists and plain objects; a model inside has looked at its own fields."""
    match value:
        case str():
            return "\x00" in value
        case Mapping():
            return any(_holds_nul(part) for pair in value.items() for part in pair)
        case list() | tuple() | set() | frozenset():
            return any(_holds_nul(part) for part in value)
        case _:
            return False
