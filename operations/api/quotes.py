"""Aktum's API as the commands of quotes use it: list, find, and send a command."""

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field

from operations.api.client import ApiClient, ApiRefused

NOT_FOUND: Final = 404
_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

Filters = Mapping[str, str | list[str]]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class QuoteListed(Part):
    """A quote as the list has it; amounts are exact texts."""

    id: str
    number: str | None
    status: str
    version: int
    title: str
    customer_name: str
    currency: str
    total_amount: str
    valid_until: str
    converted: bool
    blocked: bool

    @property
    def name(self) -> str:
        return self.number or self.id


class QuoteLine(Part):
    id: str
    description: str
    quantity: str
    unit: str
    unit_price: str
    times: int
    discount_percent: str
    total: str
    optional: bool
    chosen: bool


class Named(Part):
    name: str


class Totals(Part):
    net_amount: str
    tax_amount: str
    total_amount: str
    optional_amount: str


class QuoteContent(Part):
    title: str
    customer: Named
    currency: str
    valid_until: str
    payment_days: int
    lines: list[QuoteLine]
    totals: Totals
    recipients: list[str]


class Stamp(Part):
    by: str
    at: str
    reason: str | None


class SentVersion(Part):
    version: int
    sent: Stamp
    total_amount: str
    superseded_at: str | None


class ClientLink(Part):
    number: int
    version: int
    openings: int
    last_opened_at: str | None
    revoked: Stamp | None
    url: str | None


class Accepted(Part):
    version: int
    at: str
    accepted_by: str
    position: str
    order_number: str | None


class Effect(Part):
    key: str
    name: str
    state: str
    error: str | None
    needs_a_person: bool


class Terms(Part):
    application_key: str
    written: bool


class QuoteShown(Part):
    """One quote; amounts are exact texts."""

    id: str
    number: str | None
    status: str
    version: int
    revision: int
    content: QuoteContent
    versions: list[SentVersion]
    links: list[ClientLink]
    accepted: Accepted | None
    declined: Stamp | None
    withdrawn: Stamp | None
    conversion: Terms | None
    effects: list[Effect]
    allowed_commands: list[str] = Field(description="those that the owner of the token may give now")

    @property
    def name(self) -> str:
        return self.number or self.id

    @property
    def waiting(self) -> list[Effect]:
        """The effects that wait for a person."""
        return [each for each in self.effects if each.needs_a_person]


class QuotesApi(ApiClient):
    """The quotes of the API. What it returns are the data as they were answered."""

    async def quotes(self, filters: Filters) -> list[dict[str, Any]]:
        """Return all quotes that match, the newest first."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = {**filters, "per_page": "100"} | ({"cursor": cursor} if cursor else {})
            answer = await self._ask("GET", "/quotes", params=page)
            found += answer["data"]
            cursor = answer["next_cursor"]
            if cursor is None:
                return found

    async def quote(self, name: str) -> dict[str, Any] | None:
        """Return the quote with this number or id; None if there is none."""
        quote_id = name if _ID.fullmatch(name) else await self._id_of(name)
        if quote_id is None:
            return None
        try:
            return dict((await self._ask("GET", f"/quotes/{quote_id}"))["data"])
        except ApiRefused as error:
            if error.status == NOT_FOUND:
                return None
            raise

    async def command(self, quote_id: str, name: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Send a command and return the quote after it. A lost answer is asked for again with the same key."""
        headers = {"Idempotency-Key": uuid.uuid4().hex}
        answer = await self._ask("POST", f"/quotes/{quote_id}/{name}", json=body, headers=headers)
        return dict(answer["data"])

    async def _id_of(self, number: str) -> str | None:
        """Return the id of the quote with this number. The search finds words, so the whole number is compared."""
        wanted = number.upper()
        rows = await self.quotes({"search": number})
        return next((str(row["id"]) for row in rows if (row["number"] or "").upper() == wanted), None)
