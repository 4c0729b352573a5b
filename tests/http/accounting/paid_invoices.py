"""Invoices with payments for the lists of payments and events: a few that were sent, paid in part, paid back and over.

Their totals are 15,825,000 (docs/specification/pricing.md 4.8).
"""

from datetime import date, datetime, timedelta
from decimal import Decimal

from models.invoice.commands import RecordPayment, ReversePayment
from models.invoice.invoice import Invoice
from models.values.money import Currency
from tests.fixtures.invoices import execute, sent, with_fields
from tests.http.callers import NOW, Rules, draft_of

TOTAL = Decimal("15825000.00")
FEBRUARY_LAST = date(2026, 2, 28)


def of_customer(key: str, customer: str, currency: Currency = Currency.UZS) -> Invoice:
    """Return a sent invoice of the contract `key` for this customer."""
    draft = draft_of(key)
    party = draft.content.customer.model_copy(update={"name": f"{customer} LLC"})
    content = with_fields(draft.content, customer=party, customer_key=customer, currency=currency)
    return sent(draft.model_copy(update={"content": content}), NOW - timedelta(days=3))


def paid(
    invoice: Invoice, amount: str, reference: str, day: date = FEBRUARY_LAST, by: str = "lena", at: datetime = NOW
) -> Invoice:
    command = RecordPayment(
        by=by, payment_id=f"{day} {reference}", paid_on=day, amount=Decimal(amount), reference=reference
    )
    return execute(invoice, command, now=at)


def taken_back(invoice: Invoice, payment_id: str, by: str = "marat") -> Invoice:
    return execute(invoice, ReversePayment(by=by, payment_id=payment_id, reason="booked twice"), now=NOW)


async def stored(rules: Rules, prefix: str) -> dict[str, Invoice]:
    """Store four invoices: one paid in part and once taken back, one paid over, one in dollars, one without money."""
    first = of_customer(f"{prefix}-A", "CUST-A")
    first = paid(first, "1000000", "Doc 4711 of Acme", date(2026, 2, 20))
    first = paid(first, "2000000", "doc 4712", date(2026, 2, 25), by="marat")
    first = taken_back(first, "2026-02-25 doc 4712")
    over = paid(of_customer(f"{prefix}-B", "CUST-B"), "16000000", "платёж 88", date(2026, 2, 25))
    dollars = paid(of_customer(f"{prefix}-C", "CUST-A", Currency.USD), "1000000", "wire 9", date(2026, 2, 27))
    unpaid = of_customer(f"{prefix}-D", "CUST-D")
    made = {"first": first, "over": over, "dollars": dollars, "unpaid": unpaid}
    for each in made.values():
        await rules.put(each)
    return made
