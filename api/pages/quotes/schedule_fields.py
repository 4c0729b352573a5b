"""The fields of a conversion: the terms, the kind of schedule with its own fields, and rows of milestones."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

from starlette.datastructures import FormData

from api.pages.forms.fields import Control, FormField, read, value_of
from api.pages.languages import N_
from models.quotes.conversion.inputs import DealAs

NEW_MILESTONES = 3
MOST_MILESTONES = 60

TERMS: tuple[FormField, ...] = (
    FormField("application_key", N_("Contract key"), is_required=True, longest=50),
    FormField("valid_from", N_("First day"), Control.DAY, is_required=True),
    FormField(
        "deal_as",
        N_("Lines of a calculation become"),
        Control.SELECT,
        options={DealAs.PRICES: N_("prices of the contract"), DealAs.SCHEDULE: N_("fixed amounts by date")},
    ),
    FormField(
        "replaces_base",
        N_("Instead of the fixed price of the contract"),
        Control.CHECK,
        hint=N_("Of a quote without prices: in the months of its schedule"),
    ),
)
EACH_LINE, DEPOSIT, MILESTONES, MONTHLY = "each_line", "deposit", "milestones", "monthly"
KIND = FormField(
    "kind",
    N_("Kind of schedule"),
    Control.SELECT,
    is_required=True,
    options={
        EACH_LINE: N_("each line once, or in each of its months"),
        DEPOSIT: N_("a deposit and the rest"),
        MILESTONES: N_("milestones"),
        MONTHLY: N_("equal months"),
    },
)
OF_DEPOSIT: tuple[FormField, ...] = (
    FormField("percent", N_("Deposit, per cent"), Control.AMOUNT),
    FormField("deposit_on", N_("Deposit on"), Control.DAY),
    FormField("rest_on", N_("Rest on"), Control.DAY),
)
OF_MONTHS: tuple[FormField, ...] = (
    FormField("months", N_("Number of months"), Control.WHOLE),
    FormField(
        "first_on",
        N_("First month"),
        Control.DAY,
        hint=N_("Any day of it; a part is due on its month's last day"),
    ),
)
MILESTONE: tuple[FormField, ...] = (
    FormField("name", N_("Milestone"), longest=200),
    FormField("on", N_("Day"), Control.DAY),
    FormField("percent", N_("Per cent"), Control.AMOUNT),
    FormField("amount", N_("or amount"), Control.AMOUNT),
)
_FIELDS_OF: Mapping[str, tuple[FormField, ...]] = MappingProxyType(
    {EACH_LINE: (), DEPOSIT: OF_DEPOSIT, MONTHLY: OF_MONTHS, MILESTONES: ()}
)
_ANOTHER_KIND = "belongs to another kind of schedule; empty it, or choose that kind"


@dataclass(frozen=True)
class TypedConversion:
    """What was typed: the texts and the rows to show again, the values of the body, and the messages at the fields."""

    texts: Mapping[str, str]
    rows: Sequence[Mapping[str, str]]
    values: Mapping[str, Any]
    errors: Mapping[str, str]


def typed_conversion(posted: FormData, zone: ZoneInfo) -> TypedConversion:
    """Return what was typed. What is filled in of a kind that was not chosen is an error, so that nothing is lost."""
    typed = read((*TERMS, KIND, *OF_DEPOSIT, *OF_MONTHS), posted, zone)
    rows = _typed_rows(posted)
    kind = typed.texts["kind"] or EACH_LINE
    errors = dict(typed.errors)
    values = {field.name: typed.values[field.name] for field in TERMS if field.name in typed.values}
    own = _FIELDS_OF.get(kind, ())
    schedule = {field.name: typed.values[field.name] for field in own if field.name in typed.values}
    if kind == MILESTONES:
        schedule["milestones"] = _milestones(rows, zone, errors)
    elif rows:
        errors["milestones.0.name"] = _ANOTHER_KIND
    for field in (*OF_DEPOSIT, *OF_MONTHS):
        if field not in own and typed.texts[field.name]:
            errors[field.name] = _ANOTHER_KIND
    if kind != EACH_LINE:
        values["schedule"] = {"kind": kind, **schedule}
    return TypedConversion({**typed.texts, "kind": kind}, rows, values, errors)


def at_fields(errors: Mapping[str, str]) -> dict[str, str]:
    """Return the messages of the body at the fields of the form."""
    places = {"schedule": "kind", "schedule.milestones": "milestones.0.percent"}
    return {places.get(path) or path.removeprefix("schedule."): message for path, message in errors.items()}


def _typed_rows(posted: FormData) -> list[dict[str, str]]:
    """Return the rows as they were typed, without the empty ones."""
    found = []
    for n in range(MOST_MILESTONES):
        row = {field.name: str(posted.get(f"milestones.{n}.{field.name}", "")).strip() for field in MILESTONE}
        if any(row.values()):
            found.append(row)
    return found


def _milestones(rows: Sequence[Mapping[str, str]], zone: ZoneInfo, errors: dict[str, str]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for n, row in enumerate(rows):
        milestone: dict[str, Any] = {"name": row["name"]}
        for field in MILESTONE:
            if not row[field.name]:
                continue
            try:
                milestone[field.name] = value_of(field.control, row[field.name], zone)
            except ValueError as error:
                errors[f"milestones.{n}.{field.name}"] = str(error)
        found.append(milestone)
    return found
