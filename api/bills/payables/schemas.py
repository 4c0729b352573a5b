"""What the routes of payables and imports answer."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple, Self

from pydantic import BaseModel, Field

from api.http.number_formats import Money
from models.accounting.ageing import BUCKETS, Age
from models.audit.hash_chain import Event
from models.bills.finance.import_rules import ImportAction
from models.bills.finance.payload import ImportLine
from models.bills.payable import Payable, PayableCommandName, PayableStatus, amount_of
from models.values.currencies import Currency


class ImportResult(BaseModel):
    """What became of an imported invoice. This route of another service's contract has no envelope."""

    action: ImportAction
    invoice_id: str


class StoredImport(BaseModel):
    """An invoice that was imported. `content_digest` is the SHA-256 of the payload that was imported last."""

    invoice_id: str
    source: str
    external_id: str
    content_digest: str


class StoredImports(BaseModel):
    """The invoice with the key that was asked for, or none."""

    invoices: list[StoredImport]


class PayableView(BaseModel):
    """A payable. `allowed` are the commands that its status allows; each needs its role."""

    id: str
    tenant_id: str
    vendor_id: str
    vendor: str
    source: str
    external_id: str
    external_number: str | None
    version: int
    currency: Currency
    period_start: date
    period_end: date = Field(description="exclusive")
    issued_at: datetime | None
    due_date: date
    net: Money
    tax: Money
    gross: Money
    line_count: int = Field(description="lines of the bill; a line of a large bill sums many")
    lines_summed_by: list[str]
    status: PayableStatus
    approved_by: str | None
    scheduled_for: date | None
    paid_on: date | None
    payment_reference: str | None
    locked: bool
    lock_reason: str | None
    allowed: list[PayableCommandName]
    imported_at: datetime
    created_at: datetime
    updated_at: datetime
    revision: int

    @classmethod
    def of(cls, payable: Payable) -> Self:
        shown = payable.model_dump(exclude={"net_minor", "tax_minor", "gross_minor", "content_digest", "chain"})
        amounts = {name: amount_of(getattr(payable, f"{name}_minor"), payable.currency) for name in _AMOUNTS}
        return cls.model_validate({**shown, **amounts, "locked": payable.is_locked, "allowed": list(payable.allowed)})


_AMOUNTS = ("net", "tax", "gross")


class PayableDetail(BaseModel):
    """A payable with its log."""

    payable: PayableView
    log: list[Event]


class PayablePage(BaseModel):
    """`next_cursor` is null on the last page."""

    data: list[PayableView]
    next_cursor: str | None


class PayableSum(BaseModel):
    """The sums of the payables in one currency."""

    currency: Currency
    payables: int
    net: Money
    tax: Money
    gross: Money

    @classmethod
    def of(cls, row: dict[str, Any]) -> Self:
        currency = Currency(row["currency"])
        amounts = {name: amount_of(int(row[f"{name}_minor"]), currency) for name in _AMOUNTS}
        return cls(currency=currency, payables=row["payables"], **amounts)


class PayableSums(BaseModel):
    """The sums of all payables that match, by currency. Amounts of different currencies are never added up."""

    totals: list[PayableSum]


class PayableLineView(ImportLine):
    """A line of a payable, and its position."""

    position: int


class PayableLinePage(BaseModel):
    """The lines in their order. `next_after` is the position to continue after; null on the last page."""

    data: list[PayableLineView]
    next_after: int | None


class AgeingSum(NamedTuple):
    """What is unpaid in one currency and one bucket."""

    currency: Currency
    age: Age
    payables: int
    gross_minor: int


class AgeingBucket(BaseModel):
    age: Age = Field(description="days after the due date")
    payables: int
    amount: Money


class CurrencyAgeing(BaseModel):
    """What is unpaid in one currency."""

    currency: Currency
    payables: int
    amount: Money
    buckets: list[AgeingBucket]

    @classmethod
    def of(cls, currency: Currency, sums: list[AgeingSum]) -> Self:
        by_age = {each.age: each for each in sums}
        empty = AgeingSum(currency, BUCKETS[0], 0, 0)
        return cls(
            currency=currency,
            payables=sum(each.payables for each in sums),
            amount=_amount(sums, currency),
            buckets=[
                AgeingBucket(
                    age=age,
                    payables=by_age.get(age, empty).payables,
                    amount=_amount([by_age[age]] if age in by_age else [], currency),
                )
                for age in BUCKETS
            ],
        )


def _amount(sums: list[AgeingSum], currency: Currency) -> Decimal:
    return amount_of(sum(each.gross_minor for each in sums), currency)


class PayableAgeing(BaseModel):
    """The unpaid payables by currency. Amounts of different currencies are never added up."""

    as_of: date
    currencies: list[CurrencyAgeing]

    @classmethod
    def of(cls, sums: list[AgeingSum], as_of: date) -> Self:
        currencies = sorted({each.currency for each in sums})
        return cls(
            as_of=as_of,
            currencies=[
                CurrencyAgeing.of(currency, [each for each in sums if each.currency is currency])
                for currency in currencies
            ],
        )
