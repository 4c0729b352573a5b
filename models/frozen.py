"""The two kinds of value that cross a boundary: what we keep, and what people send us.

State and results ignore unknown fields, so that a rolled-back release can still read newer histories. Commands forbid
them, so that a typing error is refused instead of silently dropped (reference/temporal.md 7.1).
"""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)
