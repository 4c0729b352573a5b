"""The envelopes of all answers: one item, a page of items, an error (docs/specification/api.md 1.2)."""

from enum import StrEnum
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

T = TypeVar("T")


class ErrorCode(StrEnum):
    VALIDATION_ERROR = "VALIDATION_ERROR"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    CONFLICT = "CONFLICT"
    INVOICE_STOPPED = "INVOICE_STOPPED"
    TOO_LARGE = "TOO_LARGE"
    TOO_MANY_REQUESTS = "TOO_MANY_REQUESTS"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    UNAVAILABLE = "UNAVAILABLE"
    OUTCOME_UNKNOWN = "OUTCOME_UNKNOWN"


def is_none(value: object) -> bool:
    return value is None


class Envelope(BaseModel, Generic[T]):
    data: T
    error: None = None


class Meta(BaseModel):
    total: int
    page: int
    per_page: int


class Page(BaseModel, Generic[T]):
    data: list[T]
    meta: Meta


class ListMeta(BaseModel):
    """When `total_is_exact` is false, there are more than `total`. A page follows unless `next_cursor` is null."""

    total: int
    total_is_exact: bool
    page: int | None = Field(description="null when paging by cursor")
    per_page: int
    next_cursor: str | None = Field(description="null on the last page")
    prev_cursor: str | None = Field(description="null on the first page")


class ListPage(BaseModel, Generic[T]):
    data: list[T]
    meta: ListMeta


class FieldError(BaseModel):
    """One invalid field. `path` is its place in the body, with dots: `line_changes.0.line.unit_price`."""

    path: str
    message: str


class WarningToConfirm(BaseModel):
    """A warning that a person must confirm: the command is repeated with its code in `confirmed_warnings`."""

    code: str
    message: str


class ConflictDetails(BaseModel):
    """Why a command was refused. For a stale edit it contains both revisions and the current invoice."""

    model_config = ConfigDict(extra="forbid")

    reason: str = Field(
        description="the rule that was broken: Refused, StaleRevision, StaleReview, PaymentMismatch, ..."
    )
    allowed: list[str] = Field(default=[], description="the commands that the invoice's state allows")
    expected_revision: int | None = Field(default=None, exclude_if=is_none)
    current_revision: int | None = Field(default=None, exclude_if=is_none)
    invoice_id: str | None = Field(default=None, exclude_if=is_none, description="the existing invoice that conflicts")
    warnings: list[WarningToConfirm] | None = Field(
        default=None, exclude_if=is_none, description="of NeedsConfirmation: the warnings that are not confirmed yet"
    )
    obstacles: dict[str, list[WarningToConfirm]] | None = Field(
        default=None,
        exclude_if=is_none,
        description="of NotReady: what keeps each order from being invoiced, by its key",
    )
    current: dict[str, Any] | None = Field(
        default=None, exclude_if=is_none, description="the current invoice or setting"
    )


class ErrorBody(BaseModel):
    model_config = ConfigDict(validate_by_name=True, serialize_by_alias=True)

    code: ErrorCode
    message: str
    http_request_id: str = Field(alias="request_id")
    details: list[FieldError] | ConflictDetails | None = Field(default=None, exclude_if=is_none)


class ErrorEnvelope(BaseModel):
    data: None = None
    error: ErrorBody
