"""The act of completed work for Didox: the charges of the printed document, in the same words.

Every charge is one service with one price. A line has its own code, the contract's or the issuer's, and without any
code the measure "one service". Hours that the printed document does not show must not appear in Didox either.
"""

from datetime import date
from decimal import Decimal

from activities.clients.didox.act import ActDraft, ActLine
from activities.clients.didox.pdf import ACT_OF_WORK, INVOICE, PdfDraft
from activities.documents.formatting import number, period_title, row_name, row_notes
from activities.documents.legal_names import legal_name
from models.documents.einvoice_charges import Charge, charges
from models.documents.rows import Caption, Row
from models.documents.wording import HOUR, legal_text
from models.invoice.content.content import Content
from models.issuer.service_code import ServiceCode

ONE = Decimal(1)
WHOLE = Row(caption=Caption.FIXED)


class AgreementMissing(ValueError):
    """The contract has no agreement number or date, without which Didox accepts no act."""

    def __init__(self, application_key: str) -> None:
        super().__init__(
            f"Contract {application_key} has no agreement number or no agreement date, and Didox requires both. "
            "Enter them in the contract, then regenerate the invoice, or deliver it by e-mail."
        )


def pdf_of(content: Content, display_number: str, sha256: str) -> PdfDraft:
    """Return the free PDF of an invoice. Raises AgreementMissing."""
    agreement, signed_on = _agreement(content)
    is_act = content.language == "ru"
    return PdfDraft(
        number=display_number,
        document_date=content.invoice_date,
        name=f"{'Акт' if is_act else 'Invoice'} {display_number}",
        subtype=ACT_OF_WORK if is_act else INVOICE,
        contract_number=agreement,
        contract_date=signed_on,
        seller_name=legal_name(content.issuer.party, content.language),
        seller_address=content.issuer.party.address,
        buyer_tin=content.customer.tin,
        buyer_name=legal_name(content.customer, content.language),
        buyer_address=content.customer.address,
        sha256=sha256,
    )


def act_of(content: Content, display_number: str, measure_id: int) -> ActDraft:
    """Return the act of an invoice. Raises AgreementMissing."""
    agreement, signed_on = _agreement(content)
    service = f"{content.service.application_name}, {period_title(content.period, content.language)}"
    return ActDraft(
        number=display_number,
        act_date=content.invoice_date,
        text="\n".join(part for part in (legal_text(content) or service, content.tax_note) if part),
        contract_number=agreement,
        contract_date=signed_on,
        seller_name=legal_name(content.issuer.party, content.language),
        buyer_tin=content.customer.tin,
        buyer_name=legal_name(content.customer, content.language),
        lines=tuple(_line(content, charge, measure_id) for charge in charges(content)),
    )


def _agreement(content: Content) -> tuple[str, date]:
    service = content.service
    if not service.agreement_number or service.agreement_date is None:
        raise AgreementMissing(service.application_key)
    return service.agreement_number, service.agreement_date


def _line(content: Content, charge: Charge, measure_id: int) -> ActLine:
    tax = content.tax
    own = charge.row.service_code if charge.row else None
    code = own or content.service_code or content.issuer.service_code or ServiceCode()
    return ActLine(
        name=_name(content, charge.row or WHOLE),
        count=ONE,
        price=charge.net,
        total=charge.gross,
        catalog_code=code.ikpu or None,
        catalog_name=code.ikpu_name or None,
        package_code=code.package_code or None,
        package_name=code.package_name or None,
        measure_id=None if code.ikpu else code.measure_id or measure_id,
        total_without_vat=charge.net if tax else None,
        vat_rate=_percent(tax.rate) if tax else None,
        vat_sum=charge.tax if tax else None,
    )


def _name(content: Content, row: Row) -> str:
    """Return the text of a line: its name, and in brackets the notes and hours that the page shows separately."""
    language = content.language
    name = row_name(row, content.service.application_name, content.period, language)
    notes = row_notes(row, language)
    if row.hours:
        notes.append(f"{number(row.hours, language)} {HOUR[language]}")
    return f"{name} ({'; '.join(notes)})" if notes else name


def _percent(rate: Decimal) -> Decimal:
    """Return the rate as a percentage without trailing zeros: `12`, `12.5`."""
    percent = rate * 100
    return percent.quantize(ONE) if percent == percent.to_integral_value() else percent.normalize()
