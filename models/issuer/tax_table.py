"""The issuer's tax table as it is typed. See docs/specification/pricing.md 7.1."""

from decimal import Decimal
from itertools import combinations
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.settings.area import SettingRefused
from models.values.base_models import Strict
from models.values.period import Day
from models.values.typed_values import DECIMAL_TEXT, decimal_schema

TaxShare = Annotated[
    Decimal,
    Field(ge=0, le=1, max_digits=6, decimal_places=4),
    AfterValidator(lambda v: v.normalize()),
    DECIMAL_TEXT,
    decimal_schema(r"(0(\.[0-9]{1,4})?|1(\.0{1,4})?)", minimum=0, maximum=1),
]


class TaxRow(Strict):
    """One row of the tax table; the fields are those of TaxRate."""

    code: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    rate: TaxShare = Field(description="0.12 is twelve per cent")
    valid_from: Day
    valid_to: Day | None = None
    by_code_only: bool = Field(
        default=False,
        description="applies only to partners and rates that name its code, such as the service tax of another country",
    )

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        return self


def without_overlap(taxes: tuple[TaxRow, ...]) -> tuple[TaxRow, ...]:
    """Return the rows by their first day: each code at most once a day, and one row for whatever names no code."""
    ordered = tuple(sorted(taxes, key=lambda tax: tax.valid_from))
    for earlier, later in combinations(ordered, 2):
        if earlier.valid_to is not None and earlier.valid_to < later.valid_from:
            continue
        both = f"{later.code} from {later.valid_from} overlaps {earlier.code} from {earlier.valid_from}"
        if earlier.code == later.code:
            raise ValueError(f"{both}; a code has one rate on a day, so end the earlier one before that day")
        if not earlier.by_code_only and not later.by_code_only:
            raise ValueError(
                f"{both}; only one tax may apply on a day to invoices that name no code, so end the earlier one before "
                "that day, or set by_code_only for the tax that partners and rates name"
            )
    return ordered
