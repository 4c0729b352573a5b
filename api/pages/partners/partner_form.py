"""The form of a partner's settings. A form is read as a row of the CSV file of partners: the same cells, once."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import FormData

from api.http.validation_messages import field_errors
from api.pages.forms.fields import Control, FormField
from api.pages.languages import N_
from api.pages.orders.order_words import TYPES
from models.partners.order_type import OrderType
from models.partners.partner import InvoiceFormat
from models.partners.settings import PartnerInput
from models.settings import csv_sheet
from models.settings.area import Area
from models.settings.csv_columns import SHEETS
from models.values.money import Currency

FORMATS = {
    InvoiceFormat.SINGLE_JOB: N_("one invoice for each order"),
    InvoiceFormat.BATCH: N_("several orders in one, by type and month"),
}
_TYPE = "order_types."
GROUPS: Mapping[str, tuple[str, ...]] = {
    N_("Company"): ("name", "group", "billing_address", "contacts", "tax_registration"),
    N_("Invoices"): (
        "invoice_format",
        "series",
        "currency",
        "tax_code",
        "needs_review",
        "recognise_revenue_in_planfact",
    ),
    N_("Portal and deadlines"): ("portal_url", "needs_submission_id", "payment_days", "reminder_days", "zone"),
    N_("Orders"): tuple(f"{_TYPE}{each}" for each in OrderType),
    N_("Gate"): ("requires_ttkt", "requires_awo", "standby_port_needs_approval", "splitter_needed_at_docket"),
    N_("Texts of the document"): ("payment_instructions", "terms", "footer_note"),
}


def fields_of(groups: Mapping[str, str], series: Mapping[str, str], taxes: Mapping[str, str]) -> dict[str, FormField]:
    """Return the fields of the form by their names."""
    found = (
        FormField("name", N_("Name"), is_required=True, longest=200),
        FormField(
            "group",
            N_("Group"),
            Control.SELECT,
            has_own_words=True,
            options=groups,
            hint=N_("Partners of a group may share rates."),
        ),
        FormField("billing_address", N_("Billing address"), Control.AREA, longest=500),
        FormField("contacts", N_("Contacts"), Control.AREA, hint=N_("One a line: Name &lt;e-mail&gt; telephone")),
        FormField("tax_registration", N_("Tax registration"), longest=50),
        FormField("invoice_format", N_("Invoice format"), Control.SELECT, is_required=True, options=FORMATS),
        FormField("series", N_("Number series"), Control.SELECT, has_own_words=True, is_required=True, options=series),
        FormField(
            "currency",
            N_("Currency"),
            Control.SELECT,
            is_required=True,
            options={each: each.value for each in Currency},
        ),
        FormField(
            "tax_code", N_("Tax code"), Control.SELECT, has_own_words=True, options=taxes, hint=N_("Empty: no tax")
        ),
        FormField("needs_review", N_("A manager approves each invoice"), Control.CHECK),
        FormField("recognise_revenue_in_planfact", N_("Post the revenue in PlanFact"), Control.CHECK),
        FormField("portal_url", N_("Address of the portal"), longest=500),
        FormField("needs_submission_id", N_("An upload needs the portal's submission id"), Control.CHECK),
        FormField(
            "payment_days", N_("Payment days"), Control.WHOLE, is_required=True, longest=3, hint=N_("From the upload")
        ),
        FormField(
            "reminder_days", N_("Reminders"), hint=N_("Days after the due date; before it with a minus: -7 0 1 7")
        ),
        FormField("zone", N_("Time zone"), is_required=True, longest=60),
        *(FormField(f"{_TYPE}{each}", TYPES[each], Control.CHECK) for each in OrderType),
        FormField("requires_ttkt", N_("Assurance needs its ticket (TTKT)"), Control.CHECK),
        FormField("requires_awo", N_("Assurance needs its AWO"), Control.CHECK),
        FormField("standby_port_needs_approval", N_("The standby port needs an approval"), Control.CHECK),
        FormField("splitter_needed_at_docket", N_("The docket needs splitter and port"), Control.CHECK),
        FormField("payment_instructions", N_("Payment instructions"), Control.AREA),
        FormField("terms", N_("Terms"), Control.AREA),
        FormField("footer_note", N_("Note at the end"), Control.AREA),
    )
    return {field.name: field for field in found}


def texts_of(partner: PartnerInput) -> dict[str, str]:
    """Return the settings as the form shows them."""
    fields = partner.model_dump(mode="json")
    texts = {name: csv_sheet.cell(value) for name, value in fields.items()}
    texts["contacts"] = texts["contacts"].replace("; ", "\n")
    return texts | {f"{_TYPE}{each}": csv_sheet.cell(each in partner.order_types) for each in OrderType}


def typed(posted: FormData) -> dict[str, str]:
    """Return the last text of each field: a box that is not ticked has a hidden `false` before it."""
    return {name: str(posted.getlist(name)[-1]).strip() for name in posted}


def partner_of(texts: Mapping[str, str]) -> tuple[PartnerInput | None, dict[str, str]]:
    """Return the settings that were typed, or None with a message for each field that is not valid."""
    types = " ".join(
        name.removeprefix(_TYPE) for name, text in texts.items() if name.startswith(_TYPE) and text == "true"
    )
    cells = {name: text.replace("\r\n", "\n") for name, text in texts.items() if name in PartnerInput.model_fields}
    cells |= {"order_types": types, "contacts": "; ".join(texts.get("contacts", "").splitlines())}
    values: dict[str, Any] = csv_sheet.values(cells, SHEETS[Area.PARTNERS])
    values.pop("key", None)
    try:
        return PartnerInput.model_validate(values), {}
    except ValidationError as error:
        located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        found = field_errors(located, {"body": PartnerInput})
        return None, {_shown_at(each.path): each.message for each in found}


def _shown_at(path: str) -> str:
    """Return the field of the form at which an error is shown."""
    first = path.partition(".")[0]
    return f"{_TYPE}{OrderType.ACTIVATION}" if first == "order_types" else first
