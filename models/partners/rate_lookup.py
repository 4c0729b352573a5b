"""The search for the rate of a job: which row of the rate card prices it, and why the others do not.

The most specific row decides: the partner's before its group's before the company's default, and in each of them a row
for the job's installation method before one for any method. A job without a method takes only rows without one
(docs/specification/partners.md 2.3). Nothing is guessed: without a row, or with two that are equally specific, there is
no rate.
"""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from pydantic import Field

from models.partners.order_type import OrderType
from models.partners.rate_card import RateCardRow
from models.values.base_models import Frozen
from models.values.money import Currency, readable


class Job(Frozen):
    """What selects the rate of an order."""

    partner: str
    group: str | None = Field(default=None, description="the partner's group")
    order_type: OrderType
    category: str | None = None
    method: str | None = None
    currency: Currency = Currency.MYR


class PassedOver(StrEnum):
    """Why a row that was looked at does not price the job."""

    INACTIVE = "inactive"
    OTHER_CATEGORY = "other_category"
    OTHER_METHOD = "other_method"
    OTHER_CURRENCY = "other_currency"
    NOT_YET_VALID = "not_yet_valid"
    NO_LONGER_VALID = "no_longer_valid"
    LESS_SPECIFIC = "less_specific"
    AMBIGUOUS = "ambiguous"


class RateMissing(StrEnum):
    """Why a job has no rate."""

    NO_CATEGORY = "no_category"
    NO_ROW = "no_row"
    AMBIGUOUS = "ambiguous"


class LookedAt(Frozen):
    """A row of the partner, of its group or of the company for the job's order type, and what became of it."""

    rate: RateCardRow
    step: int = Field(description="from 1, the most specific, to 6: whose row it is, and with or without a method")
    passed_over: PassedOver | None = Field(description="None: this row prices the job")
    message: str


class RateFound(Frozen):
    """The row that prices the job."""

    rate: RateCardRow
    explanation: tuple[LookedAt, ...]


class RateNotFound(Frozen):
    """The reason why the job has no rate; `message` says what would be right."""

    reason: RateMissing
    message: str
    explanation: tuple[LookedAt, ...]


OWNERS = ("partner", "group", "default")


def find_rate(rows: Iterable[RateCardRow], job: Job, on: date) -> RateFound | RateNotFound:
    """Return the rate of the job on a day, or why there is none, with every row that was looked at.

    The day is the one on which the order was completed. Rows of other partners, other groups and other order types are
    not looked at, and rows of other categories only if there is none of the job's.
    """
    concerned = [row for row in rows if _concerns(row, job)]
    looked_at = [row for row in concerned if row.category == job.category] or concerned
    looked_at.sort(key=lambda row: (_step(row), row.id))
    reasons = {row.id: _unfit(row, job, on) for row in looked_at}
    fit = [row for row in looked_at if reasons[row.id] is None]
    best = [row for row in fit if _step(row) == _step(fit[0])]
    for row in fit:
        reasons[row.id] = PassedOver.LESS_SPECIFIC if row not in best else None
    if len(best) > 1:
        reasons |= {row.id: PassedOver.AMBIGUOUS for row in best}
    explanation = tuple(_looked_at(row, reasons[row.id], job, best) for row in looked_at)
    if len(best) == 1:
        return RateFound(rate=best[0], explanation=explanation)
    reason = RateMissing.NO_CATEGORY if job.category is None else RateMissing.NO_ROW
    reason = RateMissing.AMBIGUOUS if best else reason
    return RateNotFound(reason=reason, message=_missing(reason, job, on, best), explanation=explanation)


def _concerns(row: RateCardRow, job: Job) -> bool:
    if row.order_type is not job.order_type:
        return False
    if row.partner is not None:
        return row.partner == job.partner
    return row.group is None or row.group == job.group


def _owner(row: RateCardRow) -> str:
    if row.partner is not None:
        return "partner"
    return "group" if row.group is not None else "default"


def _step(row: RateCardRow) -> int:
    """Return the place of the row in the order of the search, from 1 to 6."""
    return 2 * OWNERS.index(_owner(row)) + (1 if row.method is not None else 2)


def _unfit(row: RateCardRow, job: Job, on: date) -> PassedOver | None:
    """Return the first reason why the row cannot price the job, if there is one."""
    if not row.active:
        return PassedOver.INACTIVE
    if row.category != job.category:
        return PassedOver.OTHER_CATEGORY
    if row.method is not None and row.method != job.method:
        return PassedOver.OTHER_METHOD
    if row.currency is not job.currency:
        return PassedOver.OTHER_CURRENCY
    if on < row.valid_from:
        return PassedOver.NOT_YET_VALID
    if row.valid_to is not None and row.valid_to < on:
        return PassedOver.NO_LONGER_VALID
    return None


def _looked_at(row: RateCardRow, reason: PassedOver | None, job: Job, best: list[RateCardRow]) -> LookedAt:
    return LookedAt(rate=row, step=_step(row), passed_over=reason, message=_message(row, reason, job, best))


def _message(row: RateCardRow, reason: PassedOver | None, job: Job, best: list[RateCardRow]) -> str:
    match reason:
        case None:
            return f"prices the job: {row.currency} {readable(row.amount)}"
        case PassedOver.INACTIVE:
            return "is not active"
        case PassedOver.OTHER_CATEGORY:
            return f"is for the category {row.category}, the job has {job.category or 'none'}"
        case PassedOver.OTHER_METHOD:
            return f"is for the method {row.method}, the job has {job.method or 'none'}"
        case PassedOver.OTHER_CURRENCY:
            return f"is in {row.currency}, the partner is invoiced in {job.currency}"
        case PassedOver.NOT_YET_VALID:
            return f"is valid from {row.valid_from} on"
        case PassedOver.NO_LONGER_VALID:
            return f"was valid until {row.valid_to}"
        case PassedOver.LESS_SPECIFIC:
            return f"is less specific than {best[0].id}"
        case PassedOver.AMBIGUOUS:
            return "is as specific as another row that is valid on the same day"


def _missing(reason: RateMissing, job: Job, on: date, best: list[RateCardRow]) -> str:
    method = f" and the method {job.method}" if job.method else " without a method"
    match reason:
        case RateMissing.NO_CATEGORY:
            return "The order has no service category, so it cannot be priced; enter one, such as FTTH."
        case RateMissing.NO_ROW:
            return (
                f"{job.partner} has no rate in {job.currency} for {job.order_type} in the category {job.category}"
                f"{method} on {on}; enter one in the rate card."
            )
        case RateMissing.AMBIGUOUS:
            rows = " and ".join(row.id for row in best)
            return f"Several rates are equally specific on {on}: {rows}. Make all of them but one inactive."
