"""Translates pydantic's validation errors into messages for a bookkeeper: the field, and what is expected there."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from api.http.envelopes import FieldError
from api.http.text_forms import form_in_words
from models.settings.area import SettingRefused

_AMOUNT = 'must be a decimal number such as "1250000.00"'
_DATE = "must be a date such as 2026-02-28"
_TIME = "must be a time with its zone such as 2026-03-01T10:00:00+05:00"
LISTED_VALUES = 40
_INTEGER = "must be a whole number"

# From the beginning of pydantic's error type to the message. The longest beginning that fits is used.
_MESSAGES: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "missing": lambda _: "is required",
    "decimal": lambda _: _AMOUNT,
    "finite_number": lambda _: _AMOUNT,
    "decimal_max_places": lambda c: f"may have at most {c['decimal_places']} decimal places",
    "decimal_max_digits": lambda c: f"may have at most {c['max_digits']} digits",
    "decimal_whole_digits": lambda c: f"may have at most {c['whole_digits']} digits before the point",
    "date_": lambda _: _DATE,
    "datetime": lambda _: _TIME,
    "timezone": lambda _: _TIME,
    "time_": lambda _: "must be a time of day such as 09:00",
    "int": lambda _: _INTEGER,
    "bool": lambda _: "must be true or false",
    "enum": lambda c: _one_of(_listed(c["expected"])),
    "literal_error": lambda c: f"must be one of: {_listed(c['expected'])}",
    "string": lambda _: "must be text",
    "string_too_short": lambda c: _too_short(c["min_length"], "characters"),
    "string_too_long": lambda c: f"may have at most {c['max_length']} characters",
    "string_pattern_mismatch": lambda c: form_in_words(c["pattern"]),
    "string_unicode": lambda _: "contains characters that are not valid Unicode",
    "greater_than": lambda c: f"must be greater than {c['gt']}",
    "greater_than_equal": lambda c: f"must be {c['ge']} or more",
    "less_than": lambda c: f"must be less than {c['lt']}",
    "less_than_equal": lambda c: f"must be {c['le']} or less",
    "too_long": lambda c: f"may have at most {c['max_length']} entries",
    "too_short": lambda c: _too_short(c["min_length"], "entries"),
    "tuple": lambda _: "must be a list",
    "list": lambda _: "must be a list",
    "model": lambda _: "must be a JSON object, sent with Content-Type: application/json",
    "dict": lambda _: "must be a JSON object",
    "union_tag_invalid": lambda c: f"{_listed(c['discriminator'])} must be one of: {_listed(c['expected_tags'])}",
    "union_tag_not_found": lambda c: f"needs the field {_listed(c['discriminator'])}",
    "json_invalid": lambda c: f"is not valid JSON: {c['error']}",
    "value_error": lambda c: str(c["error"]),
}


def field_errors(errors: Iterable[Mapping[str, Any]], models: Mapping[str, Any]) -> list[FieldError]:
    """Return one error for each field, in the order of `errors`.

    `models` has the expected model of each location ("body", "query"). Several errors at one field, such as those of
    the members of a union, are joined with "or".
    """
    found: dict[str, list[str]] = {}
    for error in errors:
        location, *rest = error["loc"] or ("body",)
        path, model = _walk(models.get(str(location)), rest) if error["type"] != "json_invalid" else ([], None)
        if isinstance(refused := error.get("ctx", {}).get("error"), SettingRefused):
            path = [*path, refused.path]
        messages = found.setdefault(".".join(path) or str(location), [])
        message = _message(error, model) + ("" if rest else _required_fields(error, models.get(str(location))))
        if message not in messages:
            messages.append(message)
    return [FieldError(path=path, message=", or ".join(messages)) for path, messages in found.items()]


def summary(errors: Sequence[FieldError]) -> str:
    """Return the first error, and how many more there are."""
    first = errors[0]
    more = f" (and {len(errors) - 1} more, see details)" if len(errors) > 1 else ""
    return f"{first.path}: {first.message}{more}"


def _message(error: Mapping[str, Any], model: type[BaseModel] | None) -> str:
    if isinstance(refused := error.get("ctx", {}).get("error"), SettingRefused):
        return refused.message
    if error["type"] == "extra_forbidden":
        known = ", ".join(model.model_fields) if model else ""
        return f"unknown field; known are {known}" if known else "unknown field; none are known here"
    fitting = [beginning for beginning in _MESSAGES if error["type"].startswith(beginning)]
    if not fitting:
        return str(error["msg"])
    return _MESSAGES[max(fitting, key=len)](error.get("ctx", {}))


def _required_fields(error: Mapping[str, Any], annotation: Any) -> str:
    """Return the required fields of a body that is missing as a whole; an empty text for other errors."""
    models = [m for m in _members(annotation) if isinstance(m, type) and issubclass(m, BaseModel)]
    names = [name for name, field in models[0].model_fields.items() if field.is_required()] if len(models) == 1 else []
    return f": a JSON object with {', '.join(names)}" if names and error["type"] == "missing" else ""


def _walk(annotation: Any, loc: Sequence[str | int]) -> tuple[list[str], type[BaseModel] | None]:
    """Return the path as the sender knows it, without pydantic's tags of union members, and the innermost model."""
    path: list[str] = []
    model = None
    for element in loc:
        members = list(_members(annotation))
        models = [m for m in members if isinstance(m, type) and issubclass(m, BaseModel)]
        if isinstance(element, int):
            path.append(str(element))
            annotation = next((get_args(m)[0] for m in members if get_origin(m) in (tuple, list)), None)
        elif len(models) > 1:
            annotation = next((m for m in models if _is_tagged(m, element)), None)
        elif models:
            model = models[0]
            path.append(element)
            field = model.model_fields.get(element)
            annotation = field.annotation if field else None
        elif annotation is None:
            path.append(element)
    return path, model


def _members(annotation: Any) -> Iterable[Any]:
    if get_origin(annotation) is Annotated:
        yield from _members(get_args(annotation)[0])
    elif get_origin(annotation) in (Union, UnionType):
        for member in get_args(annotation):
            yield from _members(member)
    else:
        yield annotation


def _is_tagged(model: type[BaseModel], tag: str) -> bool:
    literals = (f.annotation for f in model.model_fields.values() if get_origin(f.annotation) is Literal)
    return any(tag in get_args(literal) for literal in literals)


def _one_of(expected: str) -> str:
    """Return the message with the possible values, or with the first ones of a long list."""
    values = expected.split(", ")
    if len(values) <= LISTED_VALUES:
        return f"must be one of: {expected}"
    return f"must be one of {len(values)} values such as {', '.join(values[:3])}"


def _listed(expected: str) -> str:
    return expected.replace("'", "").replace(" or ", ", ")


def _too_short(minimum: int, unit: str) -> str:
    return "must not be empty" if minimum == 1 else f"must have {minimum} {unit} or more"
