"""The tax of a client: which tax its invoices carry, and whether its prices contain it.

The issuer's table of taxes has the rates; the treatment says whether they apply to the client
(docs/specification/pricing.md 7.4).
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from models.issuer.issuer import Issuer, TaxRate
from models.values.base_models import Frozen

ZERO_RATE_CODE: Final = "VAT"  # the code of a zero rate if the issuer has no tax


class TaxTreatment(StrEnum):
    STANDARD = "standard"
    ZERO = "zero"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"


class ClientTax(Frozen):
    """`note` is the legal text of an exemption or a reverse charge, which documents print."""

    treatment: TaxTreatment = TaxTreatment.STANDARD
    note: str = ""
    prices_include_tax: bool = False

    def rate_on(self, issuer: Issuer, day: date) -> TaxRate | None:
        """Return the tax of an invoice with this supply date; None if it carries no tax."""
        listed = issuer.tax_on(day)
        match self.treatment:
            case TaxTreatment.STANDARD:
                return listed.model_copy(update={"included": self.prices_include_tax}) if listed else None
            case TaxTreatment.ZERO:
                code = listed.code if listed else ZERO_RATE_CODE
                return TaxRate(code=code, rate=Decimal(0), valid_from=day)
            case _:
                return None
