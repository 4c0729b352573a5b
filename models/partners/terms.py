"""The terms of a partner: its settings, the issuer, and the rows of the rate card that can concern its orders.

They are read once, when a draft is made, and what the document needs of them is stored in the invoice
(docs/specification/partners.md 1.4).
"""

from datetime import date

from pydantic import Field

from models.issuer.issuer import Issuer, TaxRate
from models.partners.kpi.rule import KpiRule
from models.partners.kpi.target import KpiTarget
from models.partners.order_type import OrderType
from models.partners.partner import Partner, PartnerGroup, tax_of_code
from models.partners.rate_card import RateCardRow
from models.partners.rate_lookup import Job, RateFound, RateNotFound, find_rate
from models.values.base_models import Frozen


class PartnerMissing(LookupError):
    """There is no partner with this key; the message says so."""

    def __init__(self, key: str) -> None:
        super().__init__(f"There is no partner {key}; enter it in the settings of partners.")
        self.key = key


class PartnerRates(Frozen):
    """A partner, and the rows of the rate card that are its own, its group's or the company's."""

    partner: Partner
    group: PartnerGroup | None = None
    rates: tuple[RateCardRow, ...] = Field(default=(), description="of any day, so that an explanation can name them")

    def find_rate(
        self, order_type: OrderType, category: str | None, method: str | None, on: date
    ) -> RateFound | RateNotFound:
        """Return the rate of a job that was completed on this day, or why it has none."""
        job = Job(
            partner=self.partner.key,
            group=self.partner.group,
            order_type=order_type,
            category=category,
            method=method,
            currency=self.partner.currency,
        )
        return find_rate(self.rates, job, on)


class PartnerTerms(PartnerRates):
    """The terms from which a draft for the partner is made."""

    issuer: Issuer
    kpi_targets: tuple[KpiTarget, ...] = Field(default=(), description="of the partner and of every partner")
    kpi_rules: tuple[KpiRule, ...] = Field(default=(), description="none: no KPI touches an amount")

    def tax_of(self, rate: RateCardRow, on: date) -> TaxRate | None:
        """Return the tax of a job that was supplied on this day: of the rate's tax code, else of the partner's."""
        return tax_of_code(self.issuer, rate.tax_code or self.partner.tax_code, on)
