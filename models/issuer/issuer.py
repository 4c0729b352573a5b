"""The issuer of invoices: party, bank accounts, taxes, logo and approval policy."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from pydantic import Field

from models.access.roles import Role
from models.issuer.deadlines import DeadlinePolicy, DeadlinesInput
from models.issuer.service_code import ServiceCode
from models.values.base_models import Frozen
from models.values.money import Currency


class Party(Frozen):
    """One side of the document: issuer or customer. A draft gets a copy when it is made."""

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
    """The account to which the issuer is paid in one currency; the fields are those of Party."""

    currency: Currency
    account_number: str
    bank_name: str = ""
    mfo: str = ""
    swift_bic: str = ""


class TaxRate(Frozen):
    """One row of the issuer's dated tax table; the supply date (the period's end) selects the row."""

    code: str
    rate: Decimal = Field(ge=0, le=1, description="0.12 is twelve per cent")
    valid_from: date
    valid_to: date | None = None
    included: bool = Field(
        default=False, exclude_if=lambda included: not included, description="the prices contain the tax"
    )
    by_code_only: bool = Field(
        default=False,
        exclude_if=lambda by_code_only: not by_code_only,
        description="applies only to partners and rates that name its code",
    )

    def covers(self, day: date) -> bool:
        """Return whether the tax applies on that day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


class ReviewPolicy(Frozen):
    """Who approves and who writes off. By default one manager does both, for any amount."""

    four_eyes: bool = Field(default=False, description="the person who finalised an invoice may not approve it")
    any_maker: bool = Field(
        default=False, description="nor may anyone who edited it; false in drafts of releases without this rule"
    )
    admin_above: dict[Currency, Decimal] = Field(
        default={}, description="only an admin approves a total above the amount of its currency"
    )
    write_off_limits: dict[Role, dict[Currency, Decimal]] = Field(
        default={}, description="the largest rest that a role may write off, by currency"
    )


class Issuer(Frozen):
    """The company that issues invoices, as it is copied into each draft."""

    party: Party
    # `accounts` and `logo` are left out of the JSON when empty, so that contents frozen before these fields existed
    # keep their digests.
    accounts: tuple[BankAccount, ...] = Field(
        default=(),
        exclude_if=lambda accounts: not accounts,
        description="at most one for each currency; the party's own account receives all other currencies",
    )
    zone: str = "Asia/Tashkent"
    notice_email: str | None = Field(default=None, description="address of the finance team for notices of approval")
    taxes: tuple[TaxRate, ...] = ()
    logo: str | None = Field(
        default=None,
        exclude_if=lambda logo: logo is None,
        description="a data URI of an SVG or PNG",
    )
    review: ReviewPolicy = ReviewPolicy()
    deadlines: DeadlinePolicy | None = Field(
        default=None, description="of what waits for a person; None in drafts of releases without deadlines"
    )
    service_code: ServiceCode | None = Field(
        default=None, exclude_if=lambda code: code is None, description="of services without a code of their own"
    )

    def tax_on(self, day: date) -> TaxRate | None:
        """Return the tax that applies on that day to whatever names no code, if any."""
        return next((tax for tax in self.taxes if tax.covers(day) and not tax.by_code_only), None)

    def paid_in(self, currency: Currency) -> "Issuer":
        """Return the issuer as a document in this currency names it: with that currency's account and no other."""
        account = next((account.model_dump() for account in self.accounts if account.currency is currency), {})
        account.pop("currency", None)
        return self.model_copy(update={"party": self.party.model_copy(update=account), "accounts": ()})


def issuer_of_settings(stored: Mapping[str, Any]) -> Issuer:
    """Return the issuer that the settings hold as JSON.

    Four eyes set by an older release apply to every maker, and settings of a release without deadlines get the usual
    ones.
    """
    defaults = {"deadlines": DeadlinesInput().model_dump()}
    return Issuer.model_validate({**defaults, **stored, "review": {"any_maker": True, **stored.get("review", {})}})
