"""The fields of a form: how each is shown, and how what a person typed becomes a value of the API's body."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile

from api.http.validation_messages import field_errors
from models.values.base_models import Strict
from models.values.money import plain
from models.values.typed_amounts import typed_amount


class Control(StrEnum):
    TEXT = "text"
    AREA = "area"
    AMOUNT = "amount"
    WHOLE = "whole"
    DAY = "day"
    MOMENT = "moment"
    SELECT = "select"
    CHECK = "check"
    FILE = "file"
    HIDDEN = "hidden"
    PASSWORD = "password"  # noqa: S105 (the name of a control); sent as it was typed, and never shown again
    CHOICES = "choices"  # any number of the options


@dataclass(frozen=True)
class FormField:
    """One field of a command's form. `name` is the field of the body."""

    name: str
    label: str
    control: Control = Control.TEXT
    is_required: bool = False
    hint: str = ""
    options: Mapping[Any, str] = field(default_factory=dict)
    of_partners_only: bool = False
    longest: int = 2000
    has_own_words: bool = False  # the options are data, such as names, and not words of the desk
    autocomplete: str = "off"


@dataclass(frozen=True)
class Typed:
    """What was typed in a form: the texts to show again, the values for the body, and the messages at the fields."""

    texts: Mapping[str, str]
    values: Mapping[str, Any]
    errors: Mapping[str, str]


def read(fields: tuple[FormField, ...], form: FormData, zone: ZoneInfo) -> Typed:
    """Return what was typed in the fields. An empty field is left out, and so is a file, which is stored first."""
    texts: dict[str, str] = {}
    values: dict[str, Any] = {}
    errors: dict[str, str] = {}
    for each in fields:
        given = [one for one in form.getlist(each.name) if isinstance(one, str)]
        if each.control is Control.PASSWORD:
            values |= {each.name: given[-1]} if given and given[-1] else {}
            continue
        if each.control is Control.CHOICES:
            texts[each.name], values[each.name] = " ".join(given), given
            continue
        text = next((one.strip() for one in reversed(given)), "")
        texts[each.name] = text
        if not text:
            continue
        try:
            values[each.name] = value_of(each.control, text, zone)
        except ValueError as error:
            errors[each.name] = str(error)
    return Typed(texts, values, errors)


def value_of(control: Control, text: str, zone: ZoneInfo) -> Any:
    """Return the typed text as the body of the API has it. Raise ValueError with a message for a person."""
    match control:
        case Control.AMOUNT:
            return plain(typed_amount(text))
        case Control.WHOLE:
            return _whole(text)
        case Control.MOMENT:
            return _moment(text, zone)
        case Control.CHECK:
            return text == "true"
        case _:
            return text.replace("\r\n", "\n")


def _whole(text: str) -> int:
    if not text.removeprefix("-").isdecimal():
        raise ValueError("must be a whole number")
    return int(text)


def _moment(text: str, zone: ZoneInfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("must be a day and a time such as 2026-03-01 10:00") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def upload_of(form: FormData, name: str) -> UploadFile | None:
    """Return the file of the field, if one was chosen."""
    found = form.get(name)
    return found if isinstance(found, UploadFile) and found.filename else None


def body_of(model: type[Strict], values: Mapping[str, Any]) -> tuple[Strict | None, dict[str, str]]:
    """Return the body, or None with a message for each field that is not valid."""
    try:
        return model.model_validate(dict(values)), {}
    except ValidationError as error:
        located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
        return None, {each.path: each.message for each in field_errors(located, {"body": model})}
