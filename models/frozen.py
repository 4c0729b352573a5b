"""The two kinds of value that cross a boundary: what we keep, and what people send us.

State and results ignore unknown fields, so that a rolled-back release can still read newer histories. Commands forbid
them, so that a typing error is refused instead of silently dropped (reference/temporal.md 7.1).
"""

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, given: Any) -> Any:
        """PostgreSQL stores no NUL character: a text with one would be accepted and then never be saved."""
        if isinstance(given, dict):
            for name, value in given.items():
                if isinstance(value, str) and "\x00" in value:
                    raise ValueError(f"{name} holds a NUL character; remove it")
        return given
