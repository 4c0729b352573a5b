"""The form of a setting: its fields in groups, what a browser sends of them, and the body of the API made from that."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from starlette.datastructures import FormData

from api.http.validation_messages import field_errors
from api.pages.settings.fields import (
    IS_REQUIRED,
    LISTS,
    NOT_EMPTY,
    TWICE,
    Control,
    SettingField,
    at,
    by_name,
)
from models.values.base_models import Strict

LONGEST_WAS = 2_000_000


@dataclass(frozen=True)
class Group:
    """Fields that belong together; the first group of a form may have no heading."""

    label: str
    fields: tuple[SettingField, ...]
    is_folded: bool = False
    text: str = ""


@dataclass(frozen=True)
class SettingForm:
    """A form for the model. The parts named in `optional`, the innermost first, are null when nothing is typed in."""

    model: type[Strict]
    groups: tuple[Group, ...]
    optional: tuple[str, ...] = ()
    beside: tuple[str, ...] = field(default=())  # fields that are no part of the model, such as the key of a setting

    @property
    def fields(self) -> tuple[SettingField, ...]:
        return tuple(each for group in self.groups for each in group.fields)

    def texts(self, value: Mapping[str, Any] | None) -> dict[str, str]:
        """Return the texts of all fields for a value in JSON, as the API and the history have it."""
        return {each.name: each.text(at(value, each.name)) for each in self.fields}

    def defaults(self) -> dict[str, str]:
        """Return the texts of a new setting."""
        found = {}
        for each in self.fields:
            default = None if each.name in self.beside else _default(self.model, each.name)
            found[each.name] = each.text(default)
        return found

    def is_required(self, each: SettingField) -> bool:
        """Return whether the field must have a text: the model has no default, or one that is not empty."""
        if each.is_required or each.name in self.beside:
            return each.is_required
        if each.control in LISTS or each.control in (Control.ROWS, Control.CHECK, Control.IMAGE):
            return False
        if any(each.name.startswith(f"{part}.") for part in self.optional):
            return False
        found = _field(self.model, each.name)
        return found is not None and (found.is_required() or found.get_default() not in (None, "", (), {}))

    def body(self, texts: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values for the model, and a message at each field that cannot be read."""
        values: dict[str, Any] = {}
        errors: dict[str, str] = {}
        for each in self.fields:
            text = texts.get(each.name, "")
            if each.control is Control.ROWS:
                rows = _rows(each, text, errors)
                _put(values, each.name, _nested(each, rows, errors) if each.keys else rows)
            elif not text and each.control not in LISTS:
                if self.is_required(each):
                    missing = each.name in self.beside or _field(self.model, each.name).is_required()  # type: ignore[union-attr]
                    errors[each.name] = IS_REQUIRED if missing else NOT_EMPTY
            else:
                try:
                    _put(values, each.name, each.value(text))
                except ValueError as error:
                    errors[each.name] = str(error)
        for part in self.optional:
            if not any(texts.get(each.name) for each in self.fields if each.name.startswith(f"{part}.")):
                _put(values, part, None)
        return values, errors

    def changed_body(self, changes: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
        """Return the values of the changed fields alone, as a body that names only them has it."""
        values, errors = self.body(changes)
        found = {name: message for name, message in errors.items() if name in changes}
        empty = {name: NOT_EMPTY for name, text in changes.items() if not text and name not in found}
        return values, found | empty

    def validated(self, values: Mapping[str, Any], model: type[BaseModel] | None = None) -> tuple[Any, dict[str, str]]:
        """Return the body, or None with the messages at their fields."""
        wanted = model or self.model
        try:
            return wanted.model_validate(dict(values)), {}
        except ValidationError as error:
            located = ({**each, "loc": ("body", *each["loc"])} for each in error.errors())
            return None, self.placed({each.path: each.message for each in field_errors(located, {"body": wanted})})

    def placed(self, errors: Mapping[str, str]) -> dict[str, str]:
        """Return the messages at the fields of this form: one of a part that has no field of its own at the nearest."""
        found: dict[str, str] = {}
        for path, message in errors.items():
            place = self._place(path)
            found[place] = f"{found[place]}; {message}" if place in found else message
        return found

    def _place(self, path: str) -> str:
        known = by_name(self.fields)
        names = path.split(".")
        for end in range(len(names), 0, -1):
            name = ".".join(names[:end])
            if name not in known:
                continue
            table, rest = known[name], names[end:]
            if len(rest) == 2 and rest[0].isdecimal() and rest[1] in {column.name for column in table.columns}:
                return path
            return name
        return next((name for name in known if name.startswith(f"{path}.")), path)


def read(form: SettingForm, posted: FormData) -> dict[str, str]:
    """Return the texts of the fields that were sent. Rows in which nothing is typed are left out."""
    found: dict[str, str] = {}
    for each in form.fields:
        if each.control is Control.ROWS and (rows := _typed_rows(each, posted)) is not None:
            found[each.name] = rows
        elif each.control is Control.CHOICES and each.name in posted:
            found[each.name] = ", ".join(text for text in _texts(posted, each.name) if text)
        elif each.control is not Control.IMAGE and each.name in posted:
            found[each.name] = each.usual(_texts(posted, each.name)[-1].strip().replace("\r\n", "\n"))
    return found


def read_was(text: str) -> dict[str, str]:
    """Return what the fields were, as the form states it. Raise ValueError when it is not from a form of ours."""
    if len(text) > LONGEST_WAS:
        raise ValueError("too long")
    found = json.loads(text)
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise ValueError("no texts by names")
    return found


def _texts(posted: FormData, name: str) -> list[str]:
    return [each for each in posted.getlist(name) if isinstance(each, str)] or [""]


def _typed_rows(table: SettingField, posted: FormData) -> str | None:
    """Return the rows of a table as one text; None when the form did not have the table."""
    if table.name in posted:  # the page of a conflict sends the whole table
        text = _texts(posted, table.name)[-1]
        table.cells(text)
        return text
    beginning = f"{table.name}."
    numbers = {name[len(beginning) :].split(".")[0] for name in posted if name.startswith(beginning)}
    if not numbers:
        return None
    rows = []
    for number in sorted((each for each in numbers if each.isdecimal() and len(each) < 6), key=int):
        cells = {
            each.name: each.usual(_texts(posted, f"{beginning}{number}.{each.name}")[-1].strip())
            for each in table.columns
        }
        if not table.is_blank(cells):
            rows.append([cells[each.name] for each in table.columns])
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def _rows(table: SettingField, text: str, errors: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for number, cells in enumerate(table.cells(text)):
        row: dict[str, Any] = {}
        for column in table.columns:
            typed = cells[column.name]
            if not typed and column.control not in LISTS:
                continue
            try:
                row[column.name] = column.value(typed)
            except ValueError as error:
                errors[f"{table.name}.{number}.{column.name}"] = str(error)
        found.append(row)
    return found


def _nested(table: SettingField, rows: list[dict[str, Any]], errors: dict[str, str]) -> dict[str, Any]:
    """Return the rows of a table as an object, whose keys are the first columns."""
    found: dict[str, Any] = {}
    names = [column.name for column in table.columns]
    for number, row in enumerate(rows):
        inner = found
        for name in names[: table.keys - 1]:
            inner = inner.setdefault(str(row.get(name, "")), {})
        last, value = names[table.keys - 1], names[table.keys]
        if last not in row and value not in row and table.keys > 1:
            continue
        key = str(row.get(last, ""))
        if key in inner:
            errors[f"{table.name}.{number}.{last}"] = TWICE
        elif value not in row and f"{table.name}.{number}.{value}" not in errors and table.columns[-1].is_required:
            errors[f"{table.name}.{number}.{value}"] = IS_REQUIRED
        inner[key] = row.get(value, "")
    return found


def _put(values: dict[str, Any], path: str, value: Any) -> None:
    *parts, last = path.split(".")
    for part in parts:
        inner = values.get(part)
        if not isinstance(inner, dict):
            inner = values[part] = {}
        values = inner
    values[last] = value


def _field(model: type[BaseModel], path: str) -> FieldInfo | None:
    """Return the field at the path, through parts that may be null."""
    found: FieldInfo | None = None
    inner: type[BaseModel] | None = model
    for name in path.split("."):
        found = inner.model_fields.get(name) if inner else None
        inner = model_of(found.annotation) if found else None
    return found


def model_of(annotation: Any) -> type[BaseModel] | None:
    """Return the model of an annotation, also of one that may be null."""
    for each in (annotation, *get_args(annotation)):
        if isinstance(each, type) and issubclass(each, BaseModel):
            return each
    return None


def _default(model: type[Strict], path: str) -> Any:
    """Return the default at the path as JSON has it; None without one."""
    first, _, rest = path.partition(".")
    found = model.model_fields.get(first)
    if found is None:
        return None
    if found.is_required():
        inner = model_of(found.annotation)
        return _default(inner, rest) if inner and rest else None  # type: ignore[arg-type]
    shown = model.model_construct().model_dump(mode="json", include={first}, warnings=False)
    return at(shown, path)
