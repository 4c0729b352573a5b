"""The state of a list in the address of its page: what a person typed becomes the filter of the API, or messages.

Every list keeps all of its state in the address, so that Back, reload and another tab show the same rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import QueryParams

from api.http.validation_messages import field_errors
from api.pages.languages import N_
from api.pages.rendering import Desk, url_query
from models.values.typed_amounts import NotAnAmount, typed_amount

PER_PAGE = 50
_PLACES = ("cursor", "page")  # the part of a list that is shown; another list begins with its first page
F = TypeVar("F", bound=BaseModel)


@dataclass(frozen=True)
class Asked(Generic[F]):
    """What the address of a list asks for. `given` holds the fields as they were typed, without the empty ones."""

    address: str
    given: Mapping[str, Any]
    filters: F
    errors: Mapping[str, str] = field(default_factory=dict)

    def without(self, name: str, value: str | None = None) -> dict[str, Any]:
        """Return the fields without one filter, or without one value of a filter that has several."""
        rest = {key: each for key, each in self.given.items() if key not in (*_PLACES, name)}
        if value is not None:
            rest[name] = [each for each in self.given[name] if each != value]
        return rest

    def with_(self, **fields: Any) -> dict[str, Any]:
        """Return the fields with some replaced, from the first page of the list."""
        return {**{key: value for key, value in self.given.items() if key not in _PLACES}, **fields}

    def at(self, cursor: str | None) -> str | None:
        """Return the address of the page at the cursor, None without one."""
        return self.address + url_query(self.with_(cursor=cursor)) if cursor else None


def asked(
    query: QueryParams,
    model: type[F],
    address: str,
    amounts: tuple[str, ...] = (),
    lists: tuple[str, ...] = (),
    per_page: Mapping[str, Any] | None = None,
) -> Asked[F]:
    """Return what the query asks for. A field that cannot be read has a message, and the list is then empty.

    `amounts` may be typed as people type money, `lists` may be repeated, and `per_page` is the model's field for the
    size of a page with its value.
    """
    size = dict(per_page if per_page is not None else {"per_page": PER_PAGE})
    known = set(model.model_fields) - set(size) - ({"page"} if "cursor" in model.model_fields else set())
    given: dict[str, Any] = {}
    for name in query:
        values = [value.strip() for value in query.getlist(name) if value.strip()]
        if name in known and values:
            given[name] = values if name in lists else values[-1]
    fields, errors = dict(given), {}
    for name in amounts:
        if name in fields:
            try:
                fields[name] = str(typed_amount(fields[name]))
            except NotAnAmount as error:
                errors[name] = str(error)
                del fields[name]
    try:
        return Asked(address, given, model.model_validate({**fields, **size}), errors)
    except ValidationError as error:
        found = field_errors(({**each, "loc": ("query", *each["loc"])} for each in error.errors()), {})
        errors |= {each.path.split(".")[0]: each.message for each in found}
    good = {name: value for name, value in fields.items() if name not in errors and name not in _PLACES}
    try:
        return Asked(address, given, model.model_validate({**good, **size}), errors)
    except ValidationError:  # two fields contradict each other, and the message stands at the second one
        return Asked(address, given, model.model_validate(size), errors)


def pages(asked: Asked[Any], page: int, total: int) -> tuple[str | None, str | None]:
    """Return the addresses of the pages before and after a numbered page, None where there is none."""
    before = asked.address + url_query(asked.with_(page=page - 1)) if page > 1 else None
    after = asked.address + url_query(asked.with_(page=page + 1)) if page * PER_PAGE < total else None
    return before, after


@dataclass(frozen=True)
class Chip:
    """A filter in use, in words, with the address of the same list without it."""

    label: str
    value: str
    address: str


def chip(desk: Desk, asked: Asked[Any], name: str, label: str, words: Mapping[Any, str] | None = None) -> list[Chip]:
    """Return the chips of one filter: none when it is not in use, one for each value when it has several.

    `label` and `words`, which are the words for values such as statuses, are in the language of the source.
    """
    used = getattr(asked.filters, name)
    if used is None or used == [] or name not in asked.given:
        return []
    values = used if isinstance(used, list) else [used]
    return [
        Chip(
            desk.text(label),
            desk.text(words[each]) if words and each in words else in_words(desk, each),
            asked.address + url_query(asked.without(name, str(each) if isinstance(used, list) else None)),
        )
        for each in values
    ]


def in_words(desk: Desk, value: Any) -> str:
    """Return the value of a filter as a person reads it."""
    match value:
        case bool():
            return desk.text(N_("yes")) if value else desk.text(N_("no"))
        case Decimal():
            return desk.formats.amount(value)
        case date():
            return desk.formats.day(value)
        case _:
            return str(value)
