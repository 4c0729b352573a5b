"""The issuer of invoices: party, bank accounts, taxes, logo and review policy."""

from datetime import date
from decimal import Decimal

from pydantic import Field

from models.values.base_models import Frozen
from models.values.money import Currency


class Party(Frozen):
    """One side of the document, copied at drafting."""

    name: str
    company_type: str = ""
    address: str = ""
    tin: str = ""
    account_number: str = ""
    bank_name: str = ""
    mfo: str = ""
    swift_bic: str = ""
    signer: str = ""
    country: str = ""


class BankAccount(Frozen):
    """Where the issuer is paid in one currency; the fields are those of Party."""

    currency: Currency
    account_number: str
    bank_name: str = ""
    mfo: str = ""
    swift_bic: str = ""


class TaxRate(Frozen):
    """One row of the issuer's dated tax table; the supply date (the period's end) chooses it."""

    code: str
    rate: Decimal = Field(ge=0, le=1, description="0.12 is twelve per cent")
    valid_from: date
    valid_to: date | None = None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ReviewPolicy(Frozen):
    """How many people an approval takes, and when it takes an admin. Without a word about it, one manager will do."""

    four_eyes: bool = Field(default=False, description="who finalised an invoice may not approve it")
    admin_above: dict[Currency, Decimal] = Field(
        default={}, description="a total above the amount in its currency is approved by an admin"
    )


class Issuer(Frozen):
    party: Party
    accounts: tuple[BankAccount, ...] = Field(
        default=(),
        exclude_if=lambda accounts: not accounts,  # as with the logo; and a document names none but its own
        description="one for a currency at the most; the party's own takes all others",
    )
    zone: str = "Asia/Tashkent"
    notice_email: str | None = Field(default=None, description="finance's own address, told of each approval")
    taxes: tuple[TaxRate, ...] = ()
    logo: str | None = Field(
        default=None,
        exclude_if=lambda logo: logo is None,  # what was frozen before there were logos keeps its digest
        description="a data URI of an SVG or PNG",
    )
    review: ReviewPolicy = ReviewPolicy()

    def tax_on(self, day: date) -> TaxRate | None:
        return next((tax for tax in self.taxes if tax.covers(day)), None)

    def paid_in(self, currency: Currency) -> "Issuer":
        """As a document in this currency names it: with one account, and nothing of any other."""
        own = next((account.model_dump() for account in self.accounts if account.currency is currency), {})
        own.pop("currency", None)
        return self.model_copy(update={"party": self.party.model_copy(update=own), "accounts": ()})
