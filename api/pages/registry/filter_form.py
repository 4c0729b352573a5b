"""The filters of the registry page: what a person typed becomes the filter of the API, or messages at the fields."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import ValidationError
from starlette.datastructures import QueryParams

from api.http.validation_messages import field_errors
from api.registry.filters import InvoiceFilter
from models.values.typed_amounts import NotAnAmount, typed_amount

PER_PAGE = 50
_LISTS = ("status",)
_AMOUNTS = ("min_total", "max_total")
_KNOWN = frozenset(InvoiceFilter.model_fields) - {"page", "per_page"}


@dataclass(frozen=True)
class Asked:
    """What the address of the page asks for. `given` holds the fields as they were typed, without the empty ones."""

    given: Mapping[str, Any]
    filters: InvoiceFilter
    errors: Mapping[str, str] = field(default_factory=dict)

    def without(self, name: str, value: str | None = None) -> dict[str, Any]:
        """Return the fields without one filter, or without one value of a filter that has several."""
        rest = {key: each for key, each in self.given.items() if key not in ("cursor", name)}
        if value is not None:
            rest[name] = [each for each in self.given[name] if each != value]
        return rest

    def with_(self, **fields: Any) -> dict[str, Any]:
        """Return the fields with some replaced, from the first page of the list."""
        return {**{key: value for key, value in self.given.items() if key != "cursor"}, **fields}


def asked(query: QueryParams) -> Asked:
    """Return what the query asks for. A field that cannot be read has a message, and the list is then empty."""
    given: dict[str, Any] = {}
    for name in query:
        values = [value.strip() for value in query.getlist(name) if value.strip()]
        if name in _KNOWN and values:
            given[name] = values if name in _LISTS else values[-1]
    fields, errors = dict(given), {}
    for name in _AMOUNTS:
        if name in fields:
            try:
                fields[name] = str(typed_amount(fields[name]))
            except NotAnAmount as error:
                errors[name] = str(error)
                del fields[name]
    try:
        return Asked(given, InvoiceFilter.model_validate({**fields, "per_page": PER_PAGE}), errors)
    except ValidationError as error:
        found = field_errors(({**each, "loc": ("query", *each["loc"])} for each in error.errors()), {})
        errors |= {each.path.split(".")[0]: each.message for each in found}
    good = {name: value for name, value in fields.items() if name not in errors and name != "cursor"}
    try:
        return Asked(given, InvoiceFilter.model_validate({**good, "per_page": PER_PAGE}), errors)
    except ValidationError:  # two fields contradict each other, and the message stands at the second one
        return Asked(given, InvoiceFilter(per_page=PER_PAGE), errors)
