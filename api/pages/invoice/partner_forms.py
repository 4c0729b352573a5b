"""The commands that read otherwise on the invoice of a partner's orders: the names of the company's billing document.

See docs/specification/partner.md 17.
"""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from api.pages.forms.fields import FormField
from api.pages.invoice.command_form import CommandForm
from api.pages.invoice.command_forms import FORMS
from api.pages.languages import N_
from models.invoice.content.basis import PartnerBasis
from models.invoice.invoice import Invoice
from models.invoice.status import CommandName

_PARTNER_FORMS: Mapping[CommandName, CommandForm] = MappingProxyType(
    {
        CommandName.FINALIZE: replace(
            FORMS[CommandName.FINALIZE],
            label=N_("Generate Invoice PDF"),
            busy=N_("Generating…"),
            text=N_("The draft takes its number, and the PDF for the partner's portal is made."),
        ),
        CommandName.REJECT: replace(
            FORMS[CommandName.REJECT],
            text=N_(
                "The partner has rejected the invoice. It stays as Rejected for good, and its orders go back to "
                "ReadyForInvoice. A new invoice must be made."
            ),
        ),
        CommandName.RECORD_PAYMENT: replace(
            FORMS[CommandName.RECORD_PAYMENT],
            text=N_(
                "Records money that has arrived, with its bank slip. Part payments add up; when nothing is left to "
                "pay, the orders are completed and the invoice is closed."
            ),
        ),
    }
)


def form_of(name: CommandName, invoice: Invoice) -> CommandForm:
    """Return the form of the command for this invoice."""
    is_partner = isinstance(invoice.content.basis, PartnerBasis)
    return (_PARTNER_FORMS.get(name) if is_partner else None) or FORMS[name]


def shown_fields(form: CommandForm, invoice: Invoice) -> tuple[FormField, ...]:
    """Return the fields of the form for this invoice; some are asked for, or required, only by a partner."""
    basis = invoice.content.basis
    if not isinstance(basis, PartnerBasis):
        return tuple(field for field in form.fields if not field.of_partners_only)
    needs_id = basis.needs_submission_id
    return tuple(
        replace(field, is_required=needs_id) if field.name == "portal_submission_id" else field for field in form.fields
    )
