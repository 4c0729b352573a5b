"""The base classes of all models: `Frozen` for stored state and results, `Strict` for input.

State and results ignore unknown fields, so that a rolled-back release can still read newer histories. Input forbids
them, so that a misspelt field name is an error and is not silently dropped (docs/specification/temporal.md 1).
"""

from collections.abc import Iterator, Mapping
from typing import Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationInfo, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from models.values.text import text_pattern, unprintable_character
from models.values.typed_values import is_recorded

LONGEST_PATTERN = 2000


class Frozen(BaseModel):
    """The base class of stored state and of results; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Strict(BaseModel):
    """The base class of input: unknown fields are an error, and texts are stripped of surrounding blanks."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the JSON schema, in which each text without a form of its own excludes what `_printable` rejects."""
        schema = handler(core_schema)
        for field in handler.resolve_ref_schema(schema).get("properties", {}).values():
            for part in (field, *field.get("anyOf", ()), field.get("items", {})):
                if part.get("type") == "string" and _is_plain_text(part):
                    part["pattern"] = text_pattern(part.get("minLength", 0))
        return schema

    @model_validator(mode="after")
    def _printable(self, info: ValidationInfo) -> Self:
        """Reject NUL, which PostgreSQL cannot store, and in new input every character that cannot be printed."""
        for name in type(self).model_fields:
            for text in _texts(getattr(self, name)):
                if "\x00" in text:
                    raise ValueError(f"{name} holds a NUL character; remove it")
                if not is_recorded(info) and (code := unprintable_character(text)):
                    raise ValueError(f"{name} holds an invisible control character, {code}; remove it")
        return self


def _is_plain_text(schema: JsonSchemaValue) -> bool:
    """Return whether the text has no form of its own. A pattern of a page would be too slow to check."""
    return not schema.keys() & {"pattern", "format", "enum", "const"} and schema.get("maxLength", 0) <= LONGEST_PATTERN


def _texts(value: object) -> Iterator[str]:
    """Return the texts of a value, also those inside lists and mappings; nested models validate their own fields."""
    match value:
        case str():
            yield value
        case Mapping():
            for pair in value.items():
                yield from _texts(pair)
        case list() | tuple() | set() | frozenset():
            for part in value:
                yield from _texts(part)
        case _:
            return
