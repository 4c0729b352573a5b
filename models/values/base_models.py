"""The base classes of all models: `Frozen` for stored state and results, `Strict` for input.

State and results ignore unknown fields, so that a rolled-back release can still read newer histories. Input forbids
them, so that a misspelt field name is an error and is not silently dropped (docs/specification/temporal.md 1).
"""

from collections.abc import Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    """The base class of stored state and of results; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    """The base class of input: unknown fields are an error, and texts are stripped of surrounding blanks."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="after")
    def _storable(self) -> Self:
        """Reject NUL characters: PostgreSQL cannot store them, so a text with one could never be saved."""
        for name in type(self).model_fields:
            if _contains_nul(getattr(self, name)):
                raise ValueError(f"{name} holds a NUL character; remove it")
        return self


def _contains_nul(value: object) -> bool:
    """Return whether a text contains NUL, also inside lists and mappings; nested models validate their own fields."""
    match value:
        case str():
            return "\x00" in value
        case Mapping():
            return any(_contains_nul(part) for pair in value.items() for part in pair)
        case list() | tuple() | set() | frozenset():
            return any(_contains_nul(part) for part in value)

        case _:
            return False
