"""The filters of the lists of bills, of lines and of files, and the cursors between their pages."""

from datetime import date, datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.cursors import ListPosition, fingerprint
from api.http.parameters import Month, Search
from models.bills.bill import BillStatus, PushState
from models.bills.cost_line import ChargeCategory
from models.bills.monthly_costs import MonthsBy
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.text import text_pattern
from models.values.typed_values import WholeParameter

Name = Annotated[str, Field(min_length=1, max_length=200, json_schema_extra={"pattern": text_pattern(1)})]
Cursor = Annotated[str, Field(min_length=1, max_length=1000)]


class BillPosition(ListPosition):
    period_start: date
    id: str = Field(pattern="^[0-9a-f-]{36}$")


class LinePosition(ListPosition):
    line: int = Field(ge=0, lt=2**62)


class FilePosition(ListPosition):
    uploaded_at: AwareDatetime
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class BillFilter(Strict):
    """Filters of bills. A bill must match all of them."""

    provider: Name | None = None
    account: Name | None = None
    status: BillStatus | None = None
    push_state: PushState | None = None
    currency: Currency | None = None
    month: Month | None = Field(default=None, description="the month in which the billing period begins")
    adds_up: bool | None = None
    search: Search | None = Field(
        default=None, description="words, or beginnings of words, of the number, invoice id, issuer, provider"
    )


class BillQuery(BillFilter):
    """Filters and paging of bills."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Cursor | None = None

    @property
    def position(self) -> BillPosition | None:
        return BillPosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, period_start: date, bill_id: str) -> str:
        """Return the cursor of the page after the bill."""
        return BillPosition(of=fingerprint(self), period_start=period_start, id=bill_id).cursor


class BillCsvFilter(BillFilter):
    """Filters of the CSV."""

    bom: bool = False


class MonthsQuery(Strict):
    """Which costs are compared month by month, and by what they are grouped."""

    by: MonthsBy = MonthsBy.PROVIDER
    provider: Name | None = None
    account: Name | None = None
    currency: Currency | None = None
    until: Month | None = Field(default=None, description="the last month; by default the present one")
    months: WholeParameter = Field(default=12, ge=2, le=24)


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
    def position(self) -> LinePosition | None:
        return LinePosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, line: int) -> str:
        """Return the cursor of the page after the line."""
        return LinePosition(of=fingerprint(self), line=line).cursor


class FileQuery(Strict):
    """Paging of the files, the newest first."""

    only_refused: bool = Field(default=False, description="only files that hold no bill, or a bill that was refused")
    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Cursor | None = None

    @property
    def position(self) -> FilePosition | None:
        return FilePosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, uploaded_at: datetime, sha256: str) -> str:
        """Return the cursor of the page after the file."""
        return FilePosition(of=fingerprint(self), uploaded_at=uploaded_at, sha256=sha256).cursor
