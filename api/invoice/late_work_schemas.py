"""Response schemas of late work: how an invoice differs from the worklogs that ClickHouse has now."""

from datetime import datetime

from pydantic import BaseModel, Field

from api.http.number_formats import Hours, Money, Quantity
from models.invoice.editing.late_worklogs import LISTED, DifferenceKind, LateWork


class WorklogDifferenceView(BaseModel):
    worklog_id: str
    task: str
    kind: DifferenceKind
    hours_before: Hours | None
    hours_after: Hours | None


class LineDifferenceView(BaseModel):
    description: str
    quantity_before: Quantity | None
    quantity_after: Quantity | None
    amount_before: Money | None
    amount_after: Money | None
    billed: bool
    kept_because: str | None = Field(description="why the line stays although the worklogs differ: a person changed it")


class LateWorkView(BaseModel):
    """The differences between the invoice and ClickHouse at the time of the check.

    A proposal cannot be added to the invoice, because the invoice is issued.
    """

    at: datetime
    differs: bool
    proposal: bool
    obstacle: str | None
    added: int = Field(description=f"number of late worklogs; the lists contain the first {LISTED}")
    changed: int
    removed: int
    worklogs: list[WorklogDifferenceView]
    lines: list[LineDifferenceView]
    total_before: Money
    total_after: Money
    hours_before: Hours
    hours_after: Hours

    @classmethod
    def of(cls, late: LateWork) -> "LateWorkView":
        before, after = late.totals_before, late.totals_after
        return cls(
            **late.model_dump(include={"at", "proposal", "obstacle", "added", "changed", "removed"}),
            differs=late.differs,
            worklogs=[WorklogDifferenceView(**each.model_dump()) for each in late.worklogs],
            lines=[LineDifferenceView(**each.model_dump()) for each in late.lines],
            total_before=before.total_amount,
            total_after=after.total_amount,
            hours_before=before.total_hours,
            hours_after=after.total_hours,
        )
