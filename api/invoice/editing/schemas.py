"""The answer of a dry run: what an edit would change."""

from datetime import date, datetime
from typing import Self

from pydantic import BaseModel, Field

from api.http.number_formats import Hours, Money
from api.invoice.prefill_schemas import LineView
from models.invoice.checks.dry_run import warnings_after
from models.invoice.content.totals import Totals
from models.invoice.editing.edit import changes_between
from models.invoice.invoice import Invoice


class EditTotalsView(BaseModel):
    base_amount: Money
    overtime_hours: Hours
    overtime_amount: Money
    total_hours: Hours
    net_amount: Money
    tax_amount: Money
    total_amount: Money
    total_is_manual: bool = Field(description="typed by hand, so that it does not follow the lines")

    @classmethod
    def of(cls, totals: Totals) -> Self:
        return cls.model_validate(totals.model_dump())


class EditPreview(BaseModel):
    """What the draft would be. Nothing was changed."""

    revision: int = Field(description="of the draft that the edit was tried on")
    before: EditTotalsView
    after: EditTotalsView
    totals_change: bool
    due_date: date = Field(description="by the terms after the edit; that of a partner invoice starts with its upload")
    changes: dict[str, tuple[str | None, str | None]] = Field(description="as the audit trail would have them")
    lines: list[LineView] = Field(
        description="the lines that would be changed or added; those of `add` in the order of the changes"
    )
    removed: list[str] = Field(description="the ids of the lines that would be removed")
    warnings: list[str] = Field(description="what a finalize of this draft would ask or refuse, and what differs")

    @classmethod
    def of(cls, before: Invoice, after: Invoice, now: datetime) -> Self:
        old, new = before.content, after.content
        known, kept = {line.id: line for line in old.lines}, {line.id for line in new.lines}
        shown = [(n, line) for n, line in enumerate(new.lines) if known.get(line.id) != line]
        first = [each for each in shown if each[1].id in known]
        added = sorted((each for each in shown if each[1].id not in known), key=lambda each: int(each[1].id[1:]))
        return cls(
            revision=before.revision,
            before=EditTotalsView.of(old.totals),
            after=EditTotalsView.of(new.totals),
            totals_change=old.totals != new.totals,
            due_date=after.due_date_by_terms(),
            changes=changes_between(old, new),
            lines=[LineView.of(line, n) for n, line in (*first, *added)],
            removed=[line_id for line_id in known if line_id not in kept],
            warnings=list(warnings_after(after, now)),
        )
