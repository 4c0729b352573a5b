"""What an imported invoice does to a payable: it makes one, changes it, leaves it, or is refused.

See docs/specification/bills.md 5.4 and 12.
"""

from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from models.audit.hash_chain import GENESIS
from models.bills.finance.payload import ROUNDING_KEY, ImportInvoice, Money
from models.bills.payable import Payable, PayableActor, PayableChange, PayableStatus, amount_of, changed
from models.bills.payable_errors import OlderVersion, PayableClosed

IMPORT = "import"


class ImportAction(StrEnum):
    """What finance answers. An invoice that was there and may change is written again: `updated`."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"  # it is paid or locked, and its money is the same


class Import(NamedTuple):
    """An invoice that was sent, for a tenant and a vendor that exist."""

    invoice: ImportInvoice
    digest: str
    tenant_id: str
    vendor_id: str
    vendor: str
    due_date: date


class Received(NamedTuple):
    """What became of an import. `replaces_lines` is false where the lines are the same or must stay."""

    action: ImportAction
    change: PayableChange
    replaces_lines: bool


def due_date(invoice: ImportInvoice, payment_days: int) -> date:
    """Return the day of issue in UTC, as the vendor dates it, plus the payment days; without one, the period's end."""
    issued = invoice.issued_at.astimezone(UTC).date() if invoice.issued_at else invoice.period_end
    return issued + timedelta(days=payment_days)


def created(sent: Import, payable_id: str, actor: PayableActor, now: datetime) -> Received:
    """Return the new payable of an import."""
    fresh = Payable(
        id=payable_id,
        tenant_id=sent.tenant_id,
        source=sent.invoice.source,
        external_id=sent.invoice.external_id,
        status=PayableStatus.RECEIVED,
        revision=0,
        chain=GENESIS,
        created_at=now,
        updated_at=now,
        **_content(sent, now),
    )
    return Received(ImportAction.CREATED, changed(fresh, {}, actor, IMPORT, now, is_new=True), replaces_lines=True)


def received(payable: Payable, sent: Import, actor: PayableActor, now: datetime) -> Received:
    """Return what the import does to the payable that exists.

    Raise PayableClosed when it would change the money of a paid or locked one, and OlderVersion when the payable has a
    newer version of the bill. If the money of an approved payable changes, it has to be approved anew.
    """
    is_same = sent.digest == payable.content_digest
    if payable.is_closed:
        if not is_same:
            _check_money(payable, sent.invoice)
        return Received(ImportAction.UNCHANGED, PayableChange(payable, None), replaces_lines=False)
    if is_same:
        again = payable.model_copy(update={"imported_at": now})
        return Received(ImportAction.UPDATED, PayableChange(again, None), replaces_lines=False)
    if sent.invoice.version < payable.version:
        raise OlderVersion(
            f"Finance has version {payable.version} of this bill; version {sent.invoice.version} is older, so nothing "
            "was changed.",
            payable.allowed,
        )
    updates = _content(sent, now)
    if sent.invoice.money != _money(payable):
        updates |= {"status": PayableStatus.RECEIVED, "approved_by": None, "scheduled_for": None}
    return Received(ImportAction.UPDATED, changed(payable, updates, actor, IMPORT, now), replaces_lines=True)


def _content(sent: Import, now: datetime) -> dict[str, Any]:
    invoice = sent.invoice
    return {
        "vendor_id": sent.vendor_id,
        "vendor": sent.vendor,
        "external_number": invoice.external_number,
        "version": invoice.version,
        "currency": invoice.currency,
        "period_start": invoice.period_start,
        "period_end": invoice.period_end,
        "issued_at": invoice.issued_at,
        "due_date": sent.due_date,
        "net_minor": invoice.amount_net_minor,
        "tax_minor": invoice.amount_tax_minor,
        "gross_minor": invoice.amount_gross_minor,
        "line_count": sum(line.line_count for line in invoice.lines if line.line_key != ROUNDING_KEY),
        "lines_summed_by": invoice.lines_summed_by,
        "content_digest": sent.digest,
        "imported_at": now,
    }


def _money(payable: Payable) -> Money:
    return Money(payable.currency, payable.net_minor, payable.tax_minor)


def _check_money(payable: Payable, invoice: ImportInvoice) -> None:
    stored, sent = _money(payable), invoice.money
    if stored == sent:
        return
    why = "paid" if payable.status is PayableStatus.PAID else f"locked ({payable.lock_reason})"
    raise PayableClosed(
        f"The payable is {why}, so its money was not changed. It has {_in_words(stored)}; the import has "
        f"{_in_words(sent)}.",
        payable.allowed,
    )


def _in_words(money: Money) -> str:
    net, tax = amount_of(money.net_minor, money.currency), amount_of(money.tax_minor, money.currency)
    return f"net {net} and tax {tax} {money.currency}"
