"""The filters of the list of quotes, and the cursor between its pages."""

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from api.cursors import ListPosition, fingerprint
from api.http.parameters import Key, Search
from models.quotes.quote.status import QuoteStatus
from models.values.base_models import Strict
from models.values.currencies import Currency
from models.values.period import Day
from models.values.typed_values import WholeParameter

QUOTE_ID = r"^[0-9a-f-]{36}$"


class QuotePosition(ListPosition):
    created_at: AwareDatetime
    id: str = Field(pattern=QUOTE_ID)


class QuoteFilters(Strict):
    """Filters of quotes. A quote must match all of them."""

    status: Annotated[tuple[QuoteStatus, ...], Field(max_length=7)] = Field(
        default=(), description="one of these; repeat the parameter for several"
    )
    customer_key: Key | None = None
    application_key: Key | None = Field(
        default=None, description="the contract that it is about, or that has its terms"
    )
    currency: Currency | None = None
    created_by: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    valid_from: Day | None = Field(default=None, description="the validity ends on this day or later")
    valid_to: Day | None = Field(default=None, description="the validity ends on this day or earlier")
    converted: bool | None = Field(default=None, description="whether a contract has its terms")
    blocked: bool | None = Field(default=None, description="whether an effect waits for a person")
    search: Search | None = Field(default=None, description="parts of the number, the title or the customer")


class QuoteQuery(QuoteFilters):
    """The filters, and the page."""

    per_page: WholeParameter = Field(default=20, ge=1, le=100)
    cursor: Annotated[str, Field(min_length=1, max_length=1000)] | None = None

    @property
    def position(self) -> QuotePosition | None:
        return QuotePosition.read(self.cursor, fingerprint(self))

    def cursor_after(self, created_at: datetime, quote_id: str) -> str:
        """Return the cursor of the page after the quote."""
        return QuotePosition(of=fingerprint(self), created_at=created_at, id=quote_id).cursor
