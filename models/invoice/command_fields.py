"""The types of the fields that several commands, and the bodies of their HTTP requests, have in common."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from models.values.money import Amount
from models.values.typed_values import AMOUNT_TEXT, Whole, decimal_schema

Reason = Annotated[str, StringConstraints(min_length=3, max_length=2000)]
Reference = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Hours = Annotated[
    Decimal,
    Field(ge=0, max_digits=8, decimal_places=2),
    AMOUNT_TEXT,
    decimal_schema(r"[0-9]{1,6}(\.[0-9]{1,2})?", minimum=0, exclusiveMaximum=10**6),
]

HIGHEST_REVISION = 2**31 - 1  # the largest value of the PostgreSQL column
ExpectedRevision = Annotated[
    Whole,
    Field(
        ge=1,
        le=HIGHEST_REVISION,
        description="the revision that the change was made on; it is refused if the invoice has a newer one",
    ),
]
WarningCodes = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=50)], ...],
    Field(
        max_length=20, description="codes of the warnings that a person confirms, e.g. DaysInvoiced or PaymentBooked"
    ),
]
IssueToday = Annotated[bool, Field(description="the invoice date becomes today, and the due date moves with it")]
Remarks = Annotated[str | None, Field(max_length=2000, description="e.g. what was corrected")]
ReminderDays = Annotated[
    tuple[Annotated[Whole, Field(ge=-365, le=365)], ...] | None,
    Field(max_length=20, description="days after the due date; negative numbers are days before it"),
]
TotalAmount = Annotated[Amount | Literal["auto"] | None, Field(description='"auto" restores the computed total')]
NoteText = Annotated[str | None, Field(max_length=2000, description="the reason for the change")]
EffectId = Annotated[str, StringConstraints(min_length=1, max_length=300)]
