"""The state of the calculator: what was typed in each scenario, as it stands in the address and in the form."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import ImmutableMultiDict

from api.http.validation_messages import field_errors
from api.pages.calculator.fields import COST_FIELDS, DEFAULTS, FIELDS, LETTERS, MEMBER_FIELDS, CalculatorField, Kind
from api.pages.rendering import url_query
from models.quotes.calculator.scenario import MOST_COSTS, MOST_MEMBERS, Scenario
from models.quotes.rates.cost_rate import CostOf
from models.values.money import plain, shown
from models.values.typed_amounts import typed_amount
from models.values.typed_values import plain_number

ADDRESS = "/calculator"
MOST_ROWS = 12
_LONGEST = 200
_BY_NAME = {each.name: each for each in FIELDS}


@dataclass(frozen=True)
class Draft:
    """One scenario as it was typed: `texts` by field, `team` and `costs` by row. Empty fields are left out."""

    letter: str
    texts: Mapping[str, str]
    team: Sequence[Mapping[str, str]] = ()
    costs: Sequence[Mapping[str, str]] = ()

    def query(self, letter: str) -> dict[str, str]:
        """Return the fields of the address, under this letter."""
        found = {f"{letter}.{name}": text for name, text in self.texts.items()}
        for part, rows in (("team", self.team), ("cost", self.costs)):
            for place, row in enumerate(rows):
                found |= {f"{letter}.{part}.{place}.{name}": text for name, text in row.items()}
        return found


@dataclass(frozen=True)
class Read:
    """A scenario that was read, or None with a message for each field that cannot be."""

    scenario: Scenario | None
    errors: Mapping[str, str] = field(default_factory=dict)


def drafts_of(given: ImmutableMultiDict[str, Any]) -> list[Draft]:
    """Return the scenarios of the address or the form, in their order; one with the usual fields if there is none."""
    found = []
    for letter in LETTERS:
        texts = {each.name: text for each in FIELDS if (text := _text(given, f"{letter}.{each.name}"))}
        team = list(_rows(given, f"{letter}.team", MEMBER_FIELDS, min(MOST_ROWS, MOST_MEMBERS)))
        costs = list(_rows(given, f"{letter}.cost", COST_FIELDS, min(MOST_ROWS, MOST_COSTS)))
        if texts or team or costs:
            found.append(Draft(letter, texts, team, costs))
    return found or [Draft(LETTERS[0], dict(DEFAULTS))]


def address_of(drafts: Sequence[Draft]) -> str:
    """Return the address that holds the scenarios, lettered anew."""
    fields: dict[str, str] = {}
    for letter, draft in zip(LETTERS, drafts, strict=False):
        fields |= draft.query(letter)
    return ADDRESS + url_query(fields)


def changed(drafts: list[Draft], action: str) -> list[Draft]:
    """Return the scenarios after an action of the page: `add` a copy of the last one, or `remove.b`."""
    if action == "add" and len(drafts) < len(LETTERS):
        last = drafts[-1]
        return [
            *drafts,
            Draft("", {name: text for name, text in last.texts.items() if name != "name"}, last.team, last.costs),
        ]
    name, _, letter = action.partition(".")
    if name == "remove" and len(drafts) > 1:
        return [each for each in drafts if each.letter != letter]
    return drafts


def read(draft: Draft, name: str, *, sees_costs: bool) -> Read:
    """Return the scenario. `name` is used where none was typed. Who does not see costs has neither team nor target."""
    body: dict[str, Any] = {"name": name, **DEFAULTS, "term_months": 1, "prices": {}}
    errors: dict[str, str] = {}
    for each in FIELDS:
        if (text := draft.texts.get(each.name)) and (sees_costs or not each.of_costs):
            _put(body, each, text, errors)
    if sees_costs:
        body["team"] = [_member(row, place, errors) for place, row in enumerate(draft.team)]
    body["costs"] = [_cost(row, place, errors) for place, row in enumerate(draft.costs)]
    if errors:
        return Read(None, errors)
    try:
        return Read(Scenario.model_validate(body))
    except ValidationError as error:
        located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        return Read(None, {_field_of(each.path): each.message for each in field_errors(located, {"body": Scenario})})


def draft_of(scenario: Scenario, letter: str) -> Draft:
    """Return what a person would have typed for the scenario, so that a saved one can be changed."""
    values = scenario.model_dump()
    texts = {}
    for each in FIELDS:
        value: Any = values
        for part in each.path:
            value = value.get(part) if isinstance(value, dict) else None
        text = _shown(value)
        if text and text not in ("0", "0.00", "false", "False"):
            texts[each.name] = text
    team = [
        {
            "who": next(f"{kind.value}:{code}" for kind in CostOf if (code := getattr(each, kind.value))),
            "people": str(each.people),
            "hours": shown(each.hours) if each.hours is not None else f"{shown(each.share_percent or Decimal(0))}%",
        }
        for each in scenario.team
    ]
    costs = [
        {
            "name": each.name,
            "amount": plain(each.amount),
            **({"monthly": "true"} if each.monthly else {}),
            **({"passed_on": "true"} if each.passed_on else {}),
            **({"markup_percent": shown(each.markup_percent)} if each.markup_percent else {}),
        }
        for each in scenario.costs
    ]
    return Draft(letter, texts, team, costs)


def _rows(
    given: ImmutableMultiDict[str, Any], prefix: str, names: tuple[str, ...], most: int
) -> Iterator[dict[str, str]]:
    for place in range(most + 1):
        row = {name: text for name in names if (text := _text(given, f"{prefix}.{place}.{name}"))}
        if set(row) - {"monthly", "passed_on", "people"}:
            yield row


def _text(given: ImmutableMultiDict[str, Any], name: str) -> str:
    value = given.getlist(name)
    last = value[-1] if value else ""
    return last.strip()[:_LONGEST] if isinstance(last, str) else ""


def _put(body: dict[str, Any], each: CalculatorField, text: str, errors: dict[str, str]) -> None:
    try:
        value = _value(each.kind, text)
    except ValueError as error:
        errors[each.name] = str(error)
        return
    place = body
    for part in each.path[:-1]:
        place = place.setdefault(part, {})
    place[each.path[-1]] = value


def _value(kind: Kind, text: str) -> Any:
    match kind:
        case Kind.AMOUNT:
            return plain(typed_amount(text))
        case Kind.DECIMAL:
            number = plain_number(text.removesuffix("%"), separator_is_decimal=True)
            if number is None:
                raise ValueError("must be a number such as 12.5")
            return number
        case Kind.WHOLE:
            if not text.isdecimal():
                raise ValueError("must be a whole number such as 12")
            return int(text)
        case Kind.CHECK:
            return text == "true"
        case _:
            return text


def _member(row: Mapping[str, str], place: int, errors: dict[str, str]) -> dict[str, Any]:
    """Return a member of the team. Hours such as `50%` are a share of a month."""
    kind, _, code = row.get("who", "").partition(":")
    member: dict[str, Any] = {kind: code} if kind in list(CostOf) else {}
    hours = row.get("hours", "")
    for name, kind_of, field_name in (("people", Kind.WHOLE, "people"), ("hours", Kind.AMOUNT, "hours")):
        text = row.get(name, "")
        if not text:
            continue
        is_share = name == "hours" and hours.endswith("%")
        try:
            value = _value(Kind.DECIMAL if is_share else kind_of, text)
        except ValueError as error:
            errors[f"team.{place}.{name}"] = str(error)
            continue
        member["share_percent" if is_share else field_name] = value
    return member


def _cost(row: Mapping[str, str], place: int, errors: dict[str, str]) -> dict[str, Any]:
    cost: dict[str, Any] = {
        "name": row.get("name", f"{place + 1}"),
        "monthly": row.get("monthly") == "true",
        "passed_on": row.get("passed_on") == "true",
    }
    for name, kind in (("amount", Kind.AMOUNT), ("markup_percent", Kind.DECIMAL)):
        if text := row.get(name):
            try:
                cost[name] = _value(kind, text)
            except ValueError as error:
                errors[f"cost.{place}.{name}"] = str(error)
    return cost


def _field_of(path: str) -> str:
    """Return the field of the page for the path of a scenario's field."""
    parts = tuple(path.split("."))
    if parts[0] in ("team", "costs") and len(parts) > 1:
        name = parts[2] if len(parts) > 2 else ("who" if parts[0] == "team" else "name")
        name = {"role": "who", "employee": "who", "grade": "who", "share_percent": "hours"}.get(name, name)
        return f"{parts[0].removesuffix('s')}.{parts[1]}.{name}"
    return next((each.name for each in FIELDS if each.path == parts or each.path[-1] == parts[-1]), "name")


def _shown(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else ""
        case Decimal():
            return shown(value)
        case _:
            return str(getattr(value, "value", value))
