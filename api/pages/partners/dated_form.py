"""The forms of dated settings, such as rates and KPI rules: what each asks for, and how a form becomes a setting."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from pydantic import ValidationError

from api.http.validation_messages import field_errors
from api.pages.forms.fields import Control, FormField, Typed
from api.pages.languages import N_
from api.pages.orders.order_words import TYPES
from api.settings.partner_repositories import KPI_RULES, KPI_TARGETS, RATE_CARDS, DatedRepository
from models.partners.kpi.rule import KpiRuleInput, KpiUnit
from models.partners.kpi.target import KpiTargetInput
from models.partners.rate_card import RateCardInput
from models.settings.csv_sheet import cell
from models.settings.dated import DatedInput
from models.values.money import Currency, plain

R = TypeVar("R", bound=DatedInput)


@dataclass(frozen=True)
class Choices:
    """What a person chooses from: the keys of partners and of their groups, and the codes of taxes."""

    partners: Mapping[str, str]
    groups: Mapping[str, str]
    taxes: Mapping[str, str]


@dataclass(frozen=True)
class DatedForm(Generic[R]):
    """The pages of one kind of dated settings."""

    repository: DatedRepository[R]
    model: type[R]
    address: str
    new: str
    change: str
    follow: str
    own: tuple[FormField, ...]

    def fields(self, choices: Choices) -> tuple[FormField, ...]:
        """Return the fields with their choices; first what the setting is for, then its values and its days."""
        named = {"partner": choices.partners, "group": choices.groups, "tax_code": choices.taxes}
        own = (
            replace(each, options=named[each.name], has_own_words=True) if each.name in named else each
            for each in self.own
        )
        return (*own, *_DAYS)

    def texts_of(self, value: R) -> dict[str, str]:
        """Return the values of a setting as the form shows them."""
        found = {}
        for field in self.fields(Choices({}, {}, {})):
            each = getattr(value, field.name)
            amount = field.control is Control.AMOUNT and each is not None
            found[field.name] = plain(each) if amount else cell(each)
        return found

    def value_of(self, typed: Typed) -> tuple[R | None, dict[str, str]]:
        """Return the setting that was typed, or None with a message for each field that is not valid."""
        try:
            return self.model.model_validate(dict(typed.values)), {}
        except ValidationError as error:
            located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
            return None, {each.path: each.message for each in field_errors(located, {"body": self.model})}


_PARTNER = FormField("partner", N_("Partner"), Control.SELECT)
_TYPE = FormField("order_type", N_("Type"), Control.SELECT, options=TYPES)
_METHOD = FormField("method", N_("Method"), longest=40, hint=N_("Empty: any method"))
_DAYS = (
    FormField("valid_from", N_("Valid from"), Control.DAY, is_required=True),
    FormField("valid_to", N_("Valid to"), Control.DAY, hint=N_("Empty: until another one is entered")),
    FormField("active", N_("Active"), Control.CHECK),
    FormField("description", N_("Description"), longest=300),
)
CURRENCIES = {each: each.value for each in Currency}
RATES = DatedForm(
    RATE_CARDS,
    RateCardInput,
    "/rate-cards",
    N_("Add a rate"),
    N_("Correct the rate"),
    N_("Enter the rate that follows"),
    (
        _PARTNER,
        FormField("group", N_("Group"), Control.SELECT, hint=N_("Neither partner nor group: the company's default")),
        FormField("order_type", N_("Type"), Control.SELECT, is_required=True, options=TYPES),
        FormField("category", N_("Category"), is_required=True, longest=40, hint=N_("FTTH, FTTO, FTTR, FTTC …")),
        _METHOD,
        FormField("currency", N_("Currency"), Control.SELECT, is_required=True, options=CURRENCIES),
        FormField("amount", N_("Amount for one job, before tax"), Control.AMOUNT, is_required=True),
        FormField("tax_code", N_("Tax code"), Control.SELECT, hint=N_("Empty: that of the partner")),
        FormField("department", N_("Department"), longest=100, hint=N_("A remark; it selects no rate.")),
    ),
)
RULES = DatedForm(
    KPI_RULES,
    KpiRuleInput,
    "/partners/kpi-rules",
    N_("Add a KPI rule"),
    N_("Correct the KPI rule"),
    N_("Enter the KPI rule that follows"),
    (
        FormField("partner", N_("Partner"), Control.SELECT, is_required=True),
        FormField("order_type", N_("Type"), Control.SELECT, options=TYPES, hint=N_("Empty: every type")),
        FormField(
            "unit",
            N_("The numbers are"),
            Control.SELECT,
            is_required=True,
            options={KpiUnit.AMOUNT: N_("an amount for a job"), KpiUnit.PERCENT: N_("per cent of the rate")},
        ),
        FormField("on_time_bonus", N_("Bonus on time"), Control.AMOUNT),
        FormField("late_penalty", N_("Penalty, late"), Control.AMOUNT, hint=N_("Above 80 per cent of the target")),
        FormField("exceeded_penalty", N_("Penalty, exceeded"), Control.AMOUNT, hint=N_("Above the target")),
    ),
)
TARGETS = DatedForm(
    KPI_TARGETS,
    KpiTargetInput,
    "/partners/kpi-targets",
    N_("Add a KPI target"),
    N_("Correct the KPI target"),
    N_("Enter the KPI target that follows"),
    (
        FormField("partner", N_("Partner"), Control.SELECT, hint=N_("Empty: every partner")),
        _TYPE,
        _METHOD,
        FormField("minutes", N_("Minutes of the job"), Control.WHOLE, is_required=True, longest=6),
    ),
)
