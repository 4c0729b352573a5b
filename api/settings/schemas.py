"""Request and response schemas of the settings: the key, the version that a change must name, and the value."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Generic, Self, TypeVar

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationInfo, field_validator

from api.http.parameters import Key, Paging, Search
from api.settings.store import version
from models.access.roles import Role
from models.access.users import UserState
from models.invoice.command_fields import Reason
from models.issuer.settings import LastNumber, NumberingPeriod, Pattern, Series
from models.settings.area import Area
from models.settings.setup import Lack, SetupStep
from models.values.base_models import Strict
from models.values.period import Day
from models.values.text import text_pattern
from models.values.typed_values import WholeParameter

T = TypeVar("T", bound=Strict)

_PASSWORD_MARK = "password_mark"  # noqa: S105 (the name of a field)
_PRINTABLE = r"^[^\x00-\x1f\x7f]+$"

ApplicationKey = Key
AccountId = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=128, pattern=_PRINTABLE)]
Label = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f,]+$")
]
ChangedKey = Annotated[
    str, StringConstraints(min_length=1, max_length=200), Field(json_schema_extra={"pattern": text_pattern(1)})
]
SeriesKey = Annotated[str, StringConstraints(max_length=50, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class Setting(BaseModel, Generic[T]):
    key: str
    version: str = Field(description="also the ETag; send it in If-Match with a change")
    value: T

    @classmethod
    def of(cls, key: str, value: T, response: Response | None = None) -> "Setting[T]":
        """Return the setting with its version, and set the ETag of the response when one is given."""
        current = version(value)
        if response is not None:
            response.headers["ETag"] = f'"{current}"'
        return cls(key=key, version=current, value=value)


class SettingFilter(Paging):
    per_page: WholeParameter = Field(default=50, ge=1, le=500)
    search: Search | None = Field(default=None, description="a part of the key")


class NewSeries(Series):
    key: SeriesKey


class SeriesChange(Strict):
    """A change of a number series. Only the given fields change; `reset` never does, because numbers would repeat."""

    pattern: Pattern | None = None
    last_number: LastNumber | None = Field(default=None, description="the last number that another system used")
    counted_in: NumberingPeriod | None = Field(
        default=None, description="of a series that resets: the year or month of the last number; the present one"
    )
    reason: Reason | None = Field(default=None, description="required when numbers are skipped or go back")


class SeriesView(Setting[Series]):
    highest_issued: int | None = Field(description="in the present numbering period; null before its first number")
    next_number: str | None = Field(description="number of the next document if made today; null without a start")


class UserView(BaseModel):
    username: str
    version: str
    role: Role
    active: bool
    email: str | None = Field(description="for messages about what waits for the user")

    @classmethod
    def of(cls, username: str, state: UserState, response: Response | None = None) -> "UserView":
        current = version(state)
        if response is not None:
            response.headers["ETag"] = f'"{current}"'
        return cls(username=username, version=current, role=state.role, active=state.active, email=state.email)


class ApiKeyView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: str
    name: str = Field(description="it acts as `key:NAME (created_by)`")
    prefix: str = Field(description="the beginning of the key")
    role: Role = Field(description="it may do at most this, and at most what its owner may do now")
    created_by: str = Field(description="the admin to whom the key belongs")
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None = Field(description="to the minute")
    revoked_at: datetime | None


class NewApiKeyView(ApiKeyView):
    key: str = Field(description="send it as `Authorization: Bearer aktum_...`; it is shown this once only")


class AreaView(BaseModel):
    """An area of the settings, and its last change; null for an area that was never changed."""

    area: Area
    changed_at: datetime | None
    changed_by: str | None
    changed_key: str | None = Field(description="the setting that was changed last")


class SetupStepView(BaseModel):
    """A step of the set-up, and what it lacks; nothing when it is done."""

    model_config = ConfigDict(from_attributes=True)

    step: SetupStep
    is_required: bool = Field(description="without it no invoice is issued; the others are systems to work with")
    is_done: bool
    lacks: tuple[Lack, ...]
    variables: tuple[str, ...] = Field(description="the environment variables that are not set")


class ChangeFilter(Paging):
    area: Area | None = None
    key: ChangedKey | None = None
    by: Search | None = Field(default=None, description="who changed it")
    day_from: Day | None = Field(default=None, description="in the issuer's zone, inclusive as `day_to`")
    day_to: Day | None = None

    @field_validator("day_to")
    @classmethod
    def _in_order(cls, day_to: date | None, info: ValidationInfo) -> date | None:
        day_from = info.data.get("day_from")
        if day_to is not None and day_from is not None and day_to < day_from:
            raise ValueError(f"must not be less than day_from, {day_from}")
        return day_to


class ChangeView(BaseModel):
    """One change of a setting. `before` is null for a new setting, `after` for a deleted one.

    For a password it shows only that it was changed.
    """

    id: int
    at: datetime
    by: str
    area: Area
    key: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    reason: str | None

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """Return the change of a row of the history."""
        before, after = (_without_mark(row[name]) for name in ("before", "after"))
        if (
            before is not None
            and after is not None
            and row["before"].get(_PASSWORD_MARK) != row["after"].get(_PASSWORD_MARK)
        ):
            after |= {"password": "changed"}
        return cls.model_validate({**row, "before": before, "after": after})


def _without_mark(state: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if state is None else {name: value for name, value in state.items() if name != _PASSWORD_MARK}
