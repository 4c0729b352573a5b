"""The settings of the whole company: the issuer with its accounts, taxes and logo, and the number series."""

from collections import Counter
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from models.access.roles import Role
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
    display_number(text, LARGEST_NUMBER, date(2099, 12, 31))  # the longest number that the pattern can print
    return text


def _at_most(length: int) -> StringConstraints:
    return StringConstraints(max_length=length)


Address = Annotated[str, AfterValidator(_address)]
Pattern = Annotated[str, StringConstraints(min_length=1, max_length=50), AfterValidator(_pattern)]
LastNumber = Annotated[int, Field(ge=0, le=LARGEST_NUMBER)]
TaxShare = Annotated[
    Decimal, Field(ge=0, le=1, max_digits=6, decimal_places=4), AfterValidator(lambda v: v.normalize())
]


AccountNumber = Annotated[str, _at_most(50)]
BankName = Annotated[str, _at_most(300)]
BankCode = Annotated[str, _at_most(20)]


class PartyInput(Strict):
    """The issuer's own party; the fields are those of models.issuer.issuer.Party."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    company_type: Annotated[str, _at_most(100)] = ""
    address: Annotated[str, _at_most(500)] = ""
    tin: Annotated[str, _at_most(30)] = ""
    account_number: AccountNumber = ""
    bank_name: BankName = ""
    mfo: BankCode = ""
    swift_bic: BankCode = ""
    signer: Annotated[str, _at_most(200)] = ""
    country: Annotated[str, _at_most(60)] = ""


class AccountInput(Strict):
    """The account for one currency; the fields are those of BankAccount.

    It replaces the party's own account as a whole, so it must name its bank.
    """

    currency: Currency
    account_number: Annotated[AccountNumber, StringConstraints(min_length=1)]
    bank_name: Annotated[BankName, StringConstraints(min_length=1)] = Field(
        description="the bank, and its correspondent bank where the payer's bank needs it"
    )
    mfo: BankCode = ""
    swift_bic: BankCode = ""


class TaxRow(Strict):
    """One row of the tax table; the fields are those of TaxRate."""

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
    """The approval policy; the fields are those of models.issuer.issuer.ReviewPolicy."""

    four_eyes: bool = Field(default=False, description="the person who finalised an invoice may not approve it")
    admin_above: dict[Currency, Annotated[Amount, Field(ge=0)]] = Field(
        default={}, description="only an admin approves a total above the amount of its currency"
    )
    write_off_limits: dict[Literal[Role.EDITOR, Role.MANAGER], dict[Currency, Annotated[Amount, Field(ge=0)]]] = Field(
        default={},
        description="the largest rest that a role may write off, by currency. Without one an editor writes off nothing "
        "and a manager any amount; an admin has no limit.",
    )


def _without_overlap(taxes: tuple[TaxRow, ...]) -> tuple[TaxRow, ...]:
    ordered = tuple(sorted(taxes, key=lambda tax: tax.valid_from))
    for earlier, later in pairwise(ordered):
        if earlier.valid_to is None or earlier.valid_to >= later.valid_from:
            raise ValueError(
                f"{later.code} from {later.valid_from} overlaps {earlier.code} from {earlier.valid_from}; "
                "only one tax may apply on a day, so end the earlier one before that day"
            )
    return ordered


def _one_per_currency(accounts: tuple[AccountInput, ...]) -> tuple[AccountInput, ...]:
    for currency, count in Counter(account.currency for account in accounts).items():
        if count > 1:
            raise ValueError(f"{currency} has two accounts; give one account for each currency")
    return accounts


class IssuerInput(Strict):
    """The company that issues invoices. A document keeps the values that were set when it was drafted."""

    party: PartyInput
    accounts: Annotated[tuple[AccountInput, ...], AfterValidator(_one_per_currency)] = Field(
        default=(), description="one for each currency; the party's own account receives all other currencies"
    )
    zone: Zone = "Asia/Tashkent"
    notice_email: Address | None = Field(default=None, description="receives a notice of each approval")
    taxes: Annotated[tuple[TaxRow, ...], Field(max_length=100), AfterValidator(_without_overlap)] = ()
    logo: Annotated[str, StringConstraints(max_length=300_000), AfterValidator(check_logo)] | None = Field(
        default=None, description="an SVG or PNG of 200 kB at the most, as a data URI"
    )
    review: ReviewInput = ReviewInput()

    @property
    def issuer(self) -> Issuer:
        """Return the issuer as drafts copy it."""
        return Issuer.model_validate(self.model_dump())


class Series(Strict):
    """A number series. Without a last number it issues no numbers."""

    pattern: Pattern
    last_number: LastNumber | None = None


def check_seed(current: int | None, requested: int, highest_issued: int | None, reason: str | None) -> None:
    """Raise SettingRefused unless the series may continue after the requested last number.

    An issued number is never issued again, and lowering the number or leaving a gap needs a reason.
    """
    if highest_issued is not None and requested < highest_issued:
        raise SettingRefused("last_number", f"{highest_issued} has been issued already; enter that number or a higher")
    if current is not None and requested < current and not reason:
        raise SettingRefused("reason", f"give the reason for lowering the last number from {current} to {requested}")
    if highest_issued is not None and requested > highest_issued and not reason:
        raise SettingRefused(
            "reason", f"{highest_issued} is the last issued number; give the reason for skipping those to {requested}"
        )
