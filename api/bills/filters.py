"""The filters of the lists of bills, of lines and of files, and the cursors between their pages."""

import base64
import hashlib
from datetime import date, datetime
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, ValidationError

from api.errors import Invalid
from api.http.parameters import Month, Search
from models.bills.bill import BillStatus, PushState
from models.bills.cost_line import ChargeCategory
from models.values.base_models import Frozen, Strict
from models.values.currencies import Currency
from models.values.typed_values import WholeParameter

FOREIGN_CURSOR = "is not from this list; read the first page without a cursor"

Name = Annotated[str, Field(min_length=1, max_length=200)]
Cursor = Annotated[str, Field(min_length=1, max_length=1000)]


class _Position(Frozen):
    """The last row of a page, and the filters of its list."""

    of: str

    @classmethod
    def read(cls, cursor: str | None, fingerprint: str) -> Self | None:
        """Return the position of the cursor; None without one. Raise Invalid when it is not from this list."""
        if cursor is None:
            return None
        try:
            text = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            found = cls.model_validate_json(text)
        except (ValidationError, ValueError) as error:
            raise Invalid.at("cursor", FOREIGN_CURSOR) from error
        if found.of != fingerprint:
            raise Invalid.at("cursor", FOREIGN_CURSOR)
        return found

    @property
    def cursor(self) -> str:
        return base64.urlsafe_b64encode(self.model_dump_json().encode()).decode().rstrip("=")


class BillPosition(_Position):
    period_start: date
    id: str = Field(pattern="^[0-9a-f-]{36}$")


class LinePosition(_Position):
    line: int = Field(ge=0, lt=2**62)


class FilePosition(_Position):
    uploaded_at: AwareDatetime
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class BillQuery(Strict):
    """Filters of bills. A bill must match all of them."""

    provider: Name | None = None
    account: Name | None = None
    status: BillStatus | None = None
    push_state: PushState | None = None
    currency: Currency | None = None
    month: Month | None = Field(default=None, description="the month in which the billing period begins")
    adds_up: bool | None = None
    search: Search | None = Field(default=None, description="a part of the number, the invoice id or the issuer")
    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Cursor | None = None

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self)

    @property
    def position(self) -> BillPosition | None:
        return BillPosition.read(self.cursor, self.fingerprint)

    def cursor_after(self, period_start: date, bill_id: str) -> str:
        """Return the cursor of the page after the bill."""
        return BillPosition(of=self.fingerprint, period_start=period_start, id=bill_id).cursor


class LineFilter(Strict):
    """Filters of the lines of a bill. A line must match all of them."""

    category: ChargeCategory | None = None
    service: Name | None = None
    project: Name | None = None
    resource: Name | None = Field(default=None, description="the id or the name of a resource")
    search: Search | None = Field(default=None, description="a part of the description, in any case")
    version: WholeParameter | None = Field(default=None, ge=1, le=1_000_000, description="by default the newest one")


class LineQuery(LineFilter):
    """Filters and paging of the lines of a bill."""

    per_page: WholeParameter = Field(default=100, ge=1, le=1000)
    cursor: Cursor | None = None

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self)

    @property
    def position(self) -> LinePosition | None:
        return LinePosition.read(self.cursor, self.fingerprint)

    def cursor_after(self, line: int) -> str:
        """Return the cursor of the page after the line."""
        return LinePosition(of=self.fingerprint, line=line).cursor


class FileQuery(Strict):
    """Paging of the files, the newest first."""

    only_refused: bool = Field(default=False, description="only files that hold no bill, or a bill that was refused")
    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Cursor | None = None

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self)

    @property
    def position(self) -> FilePosition | None:
        return FilePosition.read(self.cursor, self.fingerprint)

    def cursor_after(self, uploaded_at: datetime, sha256: str) -> str:
        """Return the cursor of the page after the file."""
        return FilePosition(of=self.fingerprint, uploaded_at=uploaded_at, sha256=sha256).cursor


def _fingerprint(query: Strict) -> str:
    filters = query.model_dump_json(exclude={"cursor", "per_page"})
    return hashlib.sha256(filters.encode()).hexdigest()[:16]
