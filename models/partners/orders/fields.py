"""The types of the fields of orders and dockets. Every text is bounded; moments are kept in UTC."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from models.values.typed_values import TypedMoment, Whole

PARTNER_ZONE = "Asia/Kuala_Lumpur"
"""The time zone in which the days of orders and dockets begin and end."""

HIGHEST = 2**31 - 1  # the largest value of the PostgreSQL column

MOST_MATERIALS = 200
MOST_REPLACEMENTS = 100
MOST_BLOCKERS = 200
MOST_FILES = 50


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("must have a time zone, as in 2026-02-28T09:00:00+08:00")
    return moment.astimezone(UTC)


OrderKey = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9._-]+$")]
PartnerKey = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Address = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Reason = Annotated[str, StringConstraints(min_length=3, max_length=500)]
Remark = Annotated[str, StringConstraints(min_length=3, max_length=2000)]
AttachmentId = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Moment = Annotated[TypedMoment, AfterValidator(_aware)]
Port = Annotated[Whole, Field(ge=1, le=256)]
Version = Annotated[Whole, Field(ge=0, le=HIGHEST)]
Revision = Annotated[Whole, Field(ge=1, le=HIGHEST)]
