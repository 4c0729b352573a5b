"""The kinds of write-offs (docs/specification/lifecycle.md 8.4)."""

from enum import StrEnum


class WriteOffKind(StrEnum):
    FEE = "fee"
    """A bank took it on the way."""
    ROUNDING = "rounding"
    BAD_DEBT = "bad_debt"
    """The client will not pay it."""
