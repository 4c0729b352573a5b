"""What a person may tell about a file of bills, as the fields of a form."""

from collections.abc import Mapping
from typing import Any, Final

from api.pages.forms.fields import Control, FormField, Typed
from api.pages.languages import N_

HINTS: Final = (
    FormField("provider", N_("Provider"), hint=N_("for a file without one; such as digitalocean"), longest=60),
    FormField("account", N_("Cloud account"), hint=N_("your own short name of it, such as main"), longest=60),
    FormField(
        "provider_invoice_id",
        N_("Invoice id"),
        hint=N_("of the vendor, for a file without one; the bill is issued then"),
        longest=200,
    ),
    FormField("number", N_("Number"), hint=N_("as the vendor prints it"), longest=100),
    FormField("month", N_("Month"), hint=N_("such as 2026-04, for a file without billing periods"), longest=7),
    FormField("currency", N_("Currency"), hint=N_("for rows without one, such as USD"), longest=3),
    FormField("issued_at", N_("Issued"), Control.MOMENT),
    FormField("tax_total", N_("Tax"), Control.AMOUNT, hint=N_("of a bill whose file has no tax lines")),
)


def hints_of(typed: Typed) -> Mapping[str, Any]:
    """Return the hints as the body of the API has them; currencies in capital letters."""
    found = dict(typed.values)
    if "currency" in found:
        found["currency"] = str(found["currency"]).upper()
    return found
