"""The views of the registry: named selections of invoices that people open most, with the number in each."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, Field
from sqlalchemy import RowMapping, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from api.http.number_formats import Money
from api.registry.filters import Selection
from api.registry.queries import COUNTED_UP_TO, COUNTS, INVOICES, conditions
from models.invoice.status import AWAITS_MONEY, Status
from models.values.money import Currency


class View(StrEnum):
    ALL = "all"
    DRAFTS = "drafts"
    NEEDS_REVIEW = "needs_review"
    OUTSTANDING = "outstanding"
    LATE = "late"
    BLOCKED = "blocked"
    REJECTED = "rejected"
    PAID = "paid"


# In the order in which they are shown. Each uses only filters for which counts are kept.
SELECTIONS: Mapping[View, Selection] = MappingProxyType(
    {
        View.ALL: Selection(),
        View.DRAFTS: Selection(status=[Status.DRAFT]),
        View.NEEDS_REVIEW: Selection(status=[Status.NEEDS_REVIEW]),
        View.OUTSTANDING: Selection(status=[each for each in Status if each in AWAITS_MONEY]),
        View.LATE: Selection(overdue=True),
        View.BLOCKED: Selection(blocked=True),
        View.REJECTED: Selection(status=[Status.REJECTED]),
        View.PAID: Selection(status=[Status.PAID, Status.CLOSED]),
    }
)


class ViewCount(BaseModel):
    view: View
    filters: dict[str, Any] = Field(description="the filters of the list that the view stands for")
    invoices: int


class CurrencyTotal(BaseModel):
    """The sums of the matching invoices in one currency. Currencies are never added up."""

    currency: Currency
    invoices: int
    total_amount: Money
    paid_amount: Money
    balance: Money


class Totals(BaseModel):
    totals: list[CurrencyTotal] | None = Field(
        description=f"null when more than {COUNTED_UP_TO:,} invoices match: narrow the filters"
    )


def filters_of(view: View) -> dict[str, Any]:
    """Return the filters of the view as the query of the list names them."""
    return SELECTIONS[view].model_dump(mode="json", include=set(SELECTIONS[view].used))


async def view_counts(connection: AsyncConnection) -> list[ViewCount]:
    """Return how many invoices each view has, from the counts that triggers keep."""
    c = COUNTS.c
    kept = select(c.status, c.overdue, c.blocked, func.sum(c.invoices).label("invoices"))
    rows = (await connection.execute(kept.group_by(c.status, c.overdue, c.blocked))).mappings().all()
    return [
        ViewCount(view=view, filters=filters_of(view), invoices=_matching(rows, selection))
        for view, selection in SELECTIONS.items()
    ]


def _matching(rows: Sequence[RowMapping], selection: Selection) -> int:
    return sum(
        int(row["invoices"])
        for row in rows
        if (not selection.status or Status(row["status"]) in selection.status)
        and selection.overdue in (None, row["overdue"])
        and selection.blocked in (None, row["blocked"])
    )


async def totals(connection: AsyncConnection, selection: Selection) -> list[CurrencyTotal]:
    """Return the sums of all matching invoices, one for each currency."""
    c = INVOICES.c
    sums = [func.sum(c[name]).label(name) for name in ("total_amount", "paid_amount", "balance")]
    query = select(c.currency, func.count().label("invoices"), *sums).where(*conditions(selection))
    rows = (await connection.execute(query.group_by(c.currency).order_by(c.currency))).mappings().all()
    return [CurrencyTotal.model_validate(dict(row)) for row in rows]
