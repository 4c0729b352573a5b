"""The act of completed work that Didox gets: what the printed document charges, as lines that add up to its total.

Every charged row is one service with one price, whatever hours it stands for: a document on Didox has one measure for
all its lines, and hours that the document hides must not appear there either.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from activities.clients.didox_act import ActDraft, ActLine
from activities.formatting import factor, legal_name, number, period_title
from models.content import Content
from models.document_rows import Caption, Row, rows_of
from models.money import ZERO, round_amount, total

LANGUAGE = "ru"
ONE = Decimal(1)

_NAMES = {
    Caption.SUPPORT: "Ежемесячная поддержка — {period}",
    Caption.FIXED: "{contract} — {period}",
    Caption.OVERTIME: "Часы сверх лимита",
    Caption.STANDARD_HOURS: "Работы по стандартной ставке",
    Caption.OVERTIME_HOURS: "Работы сверх лимита и во внерабочее время",
    Caption.CRITICAL_HOURS: "Критические инциденты",
}


class AgreementMissing(ValueError):
    """Didox takes no act without the number and the date of the agreement that it belongs to."""

    def __init__(self, application_key: str) -> None:
        super().__init__(
            f"Contract {application_key} has no agreement number or no agreement date, and Didox asks for both. "
            "Enter them where the contract is kept, then regenerate the invoice, or send it by e-mail."
        )


def act_of(content: Content, display_number: str, measure_id: int) -> ActDraft:
    agreement, signed_on = content.agreement_number, content.agreement_date
    if not agreement or signed_on is None:
        raise AgreementMissing(content.application_key)
    return _act(content, display_number, measure_id, agreement, signed_on)


def _act(content: Content, display_number: str, measure_id: int, agreement: str, signed_on: date) -> ActDraft:
    return ActDraft(
        number=display_number,
        act_date=content.invoice_date,
        text=content.legal_text.strip() or f"{content.application_name}, {period_title(content.period, LANGUAGE)}",
        contract_number=agreement,
        contract_date=signed_on,
        seller_name=legal_name(content.issuer.party, LANGUAGE),
        buyer_tin=content.customer.tin,
        buyer_name=legal_name(content.customer, LANGUAGE),
        lines=tuple(_lines(content, measure_id)),
    )


def _lines(content: Content, measure_id: int) -> list[ActLine]:
    """One line for the whole where the rows alone do not make the total (one typed by hand), or one is a discount."""
    charged = [row for row in rows_of(content)[0] if row.amount]
    amounts = [row.amount or ZERO for row in charged]
    names = [_name(content, row) for row in charged]
    taxes = _taxes(content, amounts)
    if total(amounts) + total(taxes) != content.totals.total_amount or any(amount < 0 for amount in amounts):
        taxes = [content.totals.tax_amount]
        amounts = [content.totals.total_amount - content.totals.tax_amount]
        names = [_worded(_NAMES[Caption.FIXED], content)]
    rate = content.tax.rate * 100 if content.tax else None
    return [
        ActLine(
            name=name,
            count=ONE,
            price=amount,
            total=amount + tax,
            measure_id=measure_id,
            total_without_vat=amount if content.tax else None,
            vat_rate=rate.quantize(ONE) if rate is not None and rate == rate.to_integral_value() else rate,
            vat_sum=tax if content.tax else None,
        )
        for name, amount, tax in zip(names, amounts, taxes, strict=True)
    ]


def _taxes(content: Content, amounts: Sequence[Decimal]) -> list[Decimal]:
    """The tax of each line; what rounding leaves goes to the last one, so that the sum is the document's own tax."""
    if content.tax is None or not amounts:
        return [ZERO for _ in amounts]
    taxes = [round_amount(amount * content.tax.rate, content.currency) for amount in amounts]
    taxes[-1] += content.totals.tax_amount - total(taxes)
    return taxes


def _name(content: Content, row: Row) -> str:
    pattern = _NAMES.get(row.caption)
    name = _worded(pattern, content) if pattern else row.description
    if row.caption is Caption.OVERTIME and row.multiplier not in (None, ONE):
        name += f" × {factor(row.multiplier, LANGUAGE)}"
    return f"{name} ({number(row.hours, LANGUAGE)} ч)" if row.hours else name


def _worded(pattern: str, content: Content) -> str:
    return pattern.format(contract=content.application_name, period=period_title(content.period, LANGUAGE))
