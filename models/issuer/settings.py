"""The settings of the whole company: the issuer with its accounts, taxes and logo, and the number series."""

import re
from collections import Counter
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints, field_validator, model_validator

from models.access.roles import Role
from models.issuer.deadlines import DeadlinesInput
from models.issuer.issuer import Issuer, ReviewPolicy
from models.issuer.logo import check_logo
from models.issuer.number_pattern import (
    PatternRefused,
    Reset,
    check_pattern,
    check_reset,
    display_number,
    numbering_period,
)
from models.issuer.service_code import ServiceCodeInput
from models.issuer.tax_table import TaxRow, without_overlap
from models.settings.area import SettingRefused, Zone
from models.values.base_models import Strict
from models.values.email_address import EmailAddress
from models.values.money import Currency, NonNegativeAmount, surplus_decimals
from models.values.typed_values import AS_RECORDED, Whole

LARGEST_NUMBER = 2_000_000_000


def _pattern(text: str) -> str:
    check_pattern(text)
    display_number(text, LARGEST_NUMBER, date(2099, 12, 31))  # the longest number that the pattern can print
    return text


def _at_most(length: int) -> StringConstraints:
    return StringConstraints(max_length=length)


_LITERAL, _PADDING = r"[^\x00-\x1f\x7f-\x9f\s/\\{}]", "(:(0[1-9])?d?)?"
_FIELD = rf"\{{(year|month){_PADDING}\}}"
Pattern = Annotated[
    str,
    StringConstraints(min_length=1, max_length=50),
    AfterValidator(_pattern),
    # The rule is wider: `seq` may stand twice, and braces may be doubled.
    Field(json_schema_extra={"pattern": rf"^({_LITERAL}|{_FIELD})*\{{seq{_PADDING}\}}({_LITERAL}|{_FIELD})*$"}),
]
_PERIODS = {Reset.NEVER: "", Reset.YEAR: r"[0-9]{4}", Reset.MONTH: r"[0-9]{4}-(0[1-9]|1[0-2])"}
NumberingPeriod = Annotated[str, StringConstraints(pattern=r"^([0-9]{4}(-(0[1-9]|1[0-2]))?)?$")]
LOGO_FORM = Field(json_schema_extra={"pattern": r"^data:image/(png|svg\+xml);base64,[A-Za-z0-9+/=\s]+$"})
LastNumber = Annotated[Whole, Field(ge=0, le=LARGEST_NUMBER)]

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


class FourEyes(StrEnum):
    """The people who may not approve an invoice: who finalised it, or also everyone who edited it."""

    FINALISER = "finaliser"
    ANY_MAKER = "any_maker"


def _with_decimals(limits: dict[Currency, Decimal]) -> dict[Currency, Decimal]:
    """Return the limits. Raises SettingRefused if one has more decimals than its currency."""
    for currency, amount in limits.items():
        if reason := surplus_decimals(amount, currency):
            raise SettingRefused(currency.value, reason)
    return limits


def _four_eyes(value: object) -> object:
    match value:
        case True:
            return FourEyes.ANY_MAKER
        case None:
            return False
        case _:
            return value


class ReviewInput(Strict):
    """The approval policy, of which models.issuer.issuer.ReviewPolicy is the copy in a draft."""

    four_eyes: Annotated[FourEyes | Literal[False], BeforeValidator(_four_eyes)] = Field(
        default=False,
        description="who may not approve an invoice: its `finaliser`, or also everyone who edited it since it was last "
        "computed, `any_maker`; `true` means `any_maker`, `false` that one person is enough",
    )
    admin_above: dict[Currency, NonNegativeAmount] = Field(
        default={}, description="only an admin approves a total above the amount of its currency"
    )
    write_off_limits: dict[Literal[Role.EDITOR, Role.MANAGER], dict[Currency, NonNegativeAmount]] = Field(
        default={},
        description="the largest rest that a role may write off, by currency. Without one an editor writes off nothing "
        "and a manager any amount; an admin has no limit.",
    )

    @field_validator("admin_above")
    @classmethod
    def _with_decimals_of_the_currency(cls, limits: dict[Currency, Decimal]) -> dict[Currency, Decimal]:
        return _with_decimals(limits)

    @field_validator("write_off_limits")
    @classmethod
    def _each_with_decimals_of_the_currency(
        cls, limits: dict[Role, dict[Currency, Decimal]]
    ) -> dict[Role, dict[Currency, Decimal]]:
        return {role: _with_decimals(amounts) for role, amounts in limits.items()}

    @classmethod
    def of(cls, policy: ReviewPolicy) -> Self:
        """Return the setting that a draft's policy was copied from."""
        four_eyes = FourEyes.ANY_MAKER if policy.any_maker else FourEyes.FINALISER
        return cls.model_validate(
            {
                "four_eyes": four_eyes if policy.four_eyes else False,
                "admin_above": policy.admin_above,
                "write_off_limits": policy.write_off_limits,
            }
        )

    @property
    def policy(self) -> ReviewPolicy:
        """The policy as drafts copy it."""
        return ReviewPolicy(
            four_eyes=bool(self.four_eyes),
            any_maker=self.four_eyes is FourEyes.ANY_MAKER,
            admin_above=self.admin_above,
            write_off_limits={Role(role): limits for role, limits in self.write_off_limits.items()},
        )


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
    notice_email: EmailAddress | None = Field(default=None, description="receives a notice of each approval")
    taxes: Annotated[tuple[TaxRow, ...], Field(max_length=100), AfterValidator(without_overlap)] = ()
    logo: Annotated[str, LOGO_FORM, StringConstraints(max_length=300_000), AfterValidator(check_logo)] | None = Field(
        default=None, description="an SVG or PNG of 200 kB at the most, as a data URI"
    )
    review: ReviewInput = ReviewInput()
    deadlines: DeadlinesInput | None = Field(default=DeadlinesInput(), description="null: nobody is reminded")
    service_code: ServiceCodeInput | None = Field(default=None, description="in Didox, of contracts without one")

    @classmethod
    def of(cls, issuer: Issuer) -> Self:
        """Return the setting that drafts copy as this issuer."""
        return cls.model_validate(issuer.model_dump() | {"review": ReviewInput.of(issuer.review)}, context=AS_RECORDED)

    @property
    def issuer(self) -> Issuer:
        """Return the issuer as drafts copy it."""
        code = self.service_code.service_code if self.service_code else None
        return Issuer.model_validate(self.model_dump() | {"review": self.review.policy, "service_code": code})


class Series(Strict):
    """A number series. Without a last number it issues no numbers."""

    pattern: Pattern
    last_number: LastNumber | None = None
    reset: Reset = Field(
        default=Reset.NEVER, description="the numbers begin anew each year or month of the invoice date"
    )
    counted_in: NumberingPeriod = Field(
        default="",
        description="of a series that resets: the year or month of `last_number`, such as 2026 or 2026-03; it is the "
        "present one if it is left out",
    )

    @model_validator(mode="after")
    def _fits_the_reset(self) -> Self:
        self.check_reset()
        return self

    def check_reset(self) -> None:
        """Raise SettingRefused if the pattern or the numbering period does not fit the reset."""
        try:
            check_reset(self.pattern, self.reset)
        except PatternRefused as error:
            raise SettingRefused("pattern", str(error)) from error
        if self.counted_in and not re.fullmatch(_PERIODS[self.reset], self.counted_in):
            raise SettingRefused("counted_in", f"{self.counted_in} does not fit the reset {self.reset}")

    def changed(self, pattern: str | None, last_number: int | None, counted_in: str | None, today: date) -> Self:
        """Return the series with the given values. A new last number counts in the present period, unless it names one.

        Raises SettingRefused.
        """
        if last_number is None and counted_in is not None:
            raise SettingRefused("counted_in", "is the period of last_number; give both")
        changes: dict[str, object] = {} if pattern is None else {"pattern": pattern}
        if last_number is not None:
            changes |= {"last_number": last_number, "counted_in": counted_in or ""}
        after = self.model_copy(update=changes).counted_on(today)
        after.check_reset()
        return after

    def counted_on(self, today: date) -> Self:
        """Return the series with the present numbering period for its last number, unless it names another one."""
        return self.model_copy(update={"counted_in": self.counted_in or numbering_period(self.reset, today)})


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
