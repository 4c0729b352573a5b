"""What may be configured for the whole company: the issuer with its accounts, taxes and logo, and the number series."""

from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.issuer.issuer import Issuer
from models.issuer.logo import check_logo
from models.issuer.number_pattern import check_pattern, display_number
from models.settings.area import SettingRefused, Zone
from models.values.base_models import Strict
from models.values.email_address import is_address
from models.values.money import Amount, Currency
from models.values.period import Day

LARGEST_NUMBER = 2_000_000_000


def _address(text: str) -> str:
    if not is_address(text):
        raise ValueError("must be an e-mail address")
    return text


def _pattern(text: str) -> str:
    check_pattern(text)
    display_number(text, LARGEST_NUMBER, date(2099, 12, 31))  # the longest that it will ever print
    return text


def _line(longest: int) -> StringConstraints:
    return StringConstraints(max_length=longest)


Address = Annotated[str, AfterValidator(_address)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_pattern)]
LastNumber = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
TaxShare = Annotated[
    Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4), AfterValidator(lambda v: v.normalize())
]


AccountNumber = Annotated[str, _line(50)]
BankName = Annotated[str, _line(300)]
BankCode = Annotated[str, _line(20)]


class PartyInput(Strict):
    """The fields of models.issuer.issuer.Party."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    company_type: Annotated[str, _line(100)] = ""
    address: Annotated[str, _line(500)] = ""
    tin: Annotated[str, _line(30)] = ""
    account_number: AccountNumber = ""
    bank_name: BankName = ""
    mfo: BankCode = ""
    swift_bic: BankCode = ""
    signer: Annotated[str, _line(200)] = ""
    country: Annotated[str, _line(60)] = ""


class AccountInput(Strict):
    """The fields of BankAccount. It replaces the party's own account as a whole, so it must name its bank."""

    currency: Currency
    account_number: Annotated[AccountNumber, StringConstraints(min_length=1)]
    bank_name: Annotated[BankName, StringConstraints(min_length=1)] = Field(
        description="and a correspondent bank, where the payer's bank has to know one"
    )
    mfo: BankCode = ""
    swift_bic: BankCode = ""


class TaxRow(Strict):
    code: Annotated[str, StringConstraints(min_length=1, max_length=30)]
    rate: TaxShare = Field(description="0.12 is twelve per cent")
    valid_from: Day
    valid_to: Day | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.valid_to is not None and self.valid_to < self.valid_from:
            raise SettingRefused("valid_to", f"{self.valid_to} is before valid_from, {self.valid_from}")
        return self


class ReviewInput(Strict):
    """The fields of models.issuer.issuer.ReviewPolicy."""

    four_eyes: bool = Field(default=False, description="who finalised an invoice may not approve it")
    admin_above: dict[Currency, Annotated[Amount, Field(ge=0)]] = Field(
        default={}, description="a total above the amount in its currency is approved by an admin"
    )


def _in_turn(taxes: tuple[TaxRow, ...]) -> tuple[TaxRow, ...]:
    ordered = tuple(sorted(taxes, key=lambda tax: tax.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise ValueError(
                f"{later.code} from {later.valid_from} overlaps {earlier.code} from {earlier.valid_from}; "
                "one tax applies on a day, so end the earlier one before"
            )
    return ordered


def _one_a_currency(accounts: tuple[AccountInput, ...]) -> tuple[AccountInput, ...]:
    for currency, count in Counter(account.currency for account in accounts).items():
        if count > 1:
            raise ValueError(f"{currency} has two accounts; a document in it could not tell which one to name")
    return accounts


class IssuerInput(Strict):
    """The company that issues the invoices. Issued documents keep what was set when they were drafted."""

    party: PartyInput
    accounts: Annotated[tuple[AccountInput, ...], AfterValidator(_one_a_currency)] = Field(
        default=(), description="where it is paid in a currency; the party's own account takes all others"
    )
    zone: Zone = "Asia/Tashkent"
    notice_email: Address | None = Field(default=None, description="told of each approval")
    taxes: Annotated[tuple[TaxRow, ...], Field(max_length=100), AfterValidator(_in_turn)] = ()
    logo: Annotated[str, StringConstraints(max_length=300_000), AfterValidator(check_logo)] | None = Field(
        default=None, description="an SVG or PNG of 200 kB at the most, as a data URI"
    )
    review: ReviewInput = ReviewInput()

    @property
    def issuer(self) -> Issuer:
        return Issuer.model_validate(self.model_dump())


class Series(Strict):
    """A number series; without a last number it gives no numbers."""

    pattern: Pattern
    last_number: LastNumber | None = None


def check_seed(before: int | None, wanted: int, highest_issued: int | None, reason: str | None) -> None:
    """Numbers that were given are never given again, and a gap in them needs an explanation."""
    if highest_issued is not None and wanted < highest_issued:
        raise SettingRefused("last_number", f"{highest_issued} has been issued already; it can only be raised")
    if before is not None and wanted < before and not reason:
        raise SettingRefused("reason", f"say why the last number goes back from {before} to {wanted}")
    if highest_issued is not None and wanted > highest_issued and not reason:
        raise SettingRefused(
            "reason", f"numbers up to {highest_issued} are issued; say why those up to {wanted} shall be left out"
        )
