"""The client of PlanFact: it finds the deal of a contract, and creates, finds and deletes shipments.

PlanFact does not prevent duplicates (an `externalId` may repeat) and ignores filters that it does not know, so the
result of every search is filtered here again. The body of a shipment is not published; `_shipment_body` is an
assumption. See docs/specification/effects.md 4.
"""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator

from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.clients.http_exchange import VendorResponse, exchange

VENDOR = "PlanFact"
PAGE = 500
TRUNCATED = 10_000  # an answer with exactly this number of items and a total of 0 is truncated
# PlanFact allows one write at a time per business. It recommends to wait 2 to 5 seconds and sends no Retry-After.
WRITER_LOCK_PAUSE = timedelta(seconds=3)
# The longest time that a write waits for the other writes of this process. It is limited, because the effect that waits
# holds a connection of the ledger.
WRITE_WAIT_SECONDS = 15.0
# "[APP-001] Acme support": the key is the whole text in the brackets at the start.
DEAL_KEY = re.compile(r"\[([^\]]+)\]")


class Row(BaseModel):
    """A frozen part of an answer; unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)


class Deal(Row):
    """The selling deal of a contract; its title starts with the application key in square brackets."""

    id: int = Field(validation_alias="dealId")
    title: str
    external_id: str | None = Field(default=None, validation_alias="externalId")
    # In deals the field is named contractorId, on all other paths contrAgentId.
    contragent_id: int = Field(validation_alias="contractorId")
    closed: bool = False

    def is_of(self, application_key: str) -> bool:
        """Return whether this is the deal of exactly this contract."""
        found = DEAL_KEY.match(self.title)
        return self.external_id == application_key or (found is not None and found[1] == application_key)


class Project(Row):
    id: int = Field(validation_alias="projectId")
    title: str
    external_id: str | None = Field(default=None, validation_alias="externalId")
    closed: bool = False


class Category(Row):
    id: int = Field(validation_alias="operationCategoryId")
    title: str
    type: str = Field(validation_alias="operationCategoryType")


class ShipmentLine(Row):
    product_id: str
    count: Decimal
    value: Decimal


class ShipmentDraft(Row):
    """A shipment to be created. `comment` contains the marker by which the shipment is found."""

    day: date
    deal_id: int
    contragent_id: int
    project_id: int | None
    category_id: int
    currency: str
    comment: str
    external_id: str
    lines: tuple[ShipmentLine, ...] = Field(min_length=1)


class Shipment(Row):
    id: int = Field(validation_alias="operationId")
    type: str = Field(validation_alias="operationType")
    value: Decimal
    day: date | None = Field(default=None, validation_alias="calculationDate")
    comment: str | None = None
    external_id: str | None = Field(default=None, validation_alias="externalId")
    parts: tuple["ShipmentPart", ...] = Field(default=(), validation_alias="operationParts")

    @field_validator("day", mode="before")
    @classmethod
    def _without_time(cls, value: object) -> object:
        """Return the date of a value such as `2026-02-28T00:00:00`; `0001-01-01...` stands for no date."""
        if isinstance(value, str):
            return None if value.startswith("0001-01-01") else value[:10]
        return value

    @property
    def deal_id(self) -> int | None:
        return next((part.deal_id for part in self.parts if part.deal_id), None)


class ShipmentPart(Row):
    # The id 0 means that there is no deal.
    deal_id: int | None = Field(default=None, validation_alias="sellingDealId")
    value: Decimal


Listed = TypeVar("Listed", bound=Row)
Keyed = TypeVar("Keyed", Deal, Project)


class Page(Row):
    items: tuple[dict[str, Any], ...]
    total: int = 0


class Envelope(Row):
    ok: bool = Field(validation_alias="isSuccess")
    data: Any = None
    message: str | None = Field(default=None, validation_alias="errorMessage")
    title: str | None = Field(default=None, validation_alias="errorCodeTitle")

    @property
    def refusal(self) -> str:
        return self.message or self.title or "no reason given"


def connect(url: str, api_key: SecretStr, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client. `url` has no path (https://api.planfact.io), because the versions of paths differ."""
    return httpx.AsyncClient(
        base_url=url, headers={"X-ApiKey": api_key.get_secret_value()}, timeout=httpx.Timeout(timeout_seconds)
    )


class PlanFact:
    """The accounts of one company. Every method raises the errors of `activities/clients/errors.py`."""

    def __init__(
        self, http: httpx.AsyncClient, company_id: int, write_wait_seconds: float = WRITE_WAIT_SECONDS
    ) -> None:
        self._http = http
        self._company_id = company_id
        self._write_lock = asyncio.Lock()
        self._write_wait_seconds = write_wait_seconds

    async def find_shipments(self, marker: str) -> list[Shipment]:
        """Return all shipments whose comment contains the marker.

        The search has no date filter: PlanFact applies it to the payment date, which a shipment does not have.
        """
        search = {"searchString": marker, "operationType": ["Shipment"]}
        found = await self._list(Shipment, "POST", "/api/v1/operations/list", search)
        return [row for row in found if row.type == "Shipment" and marker in (row.comment or "")]

    async def find_deal(self, application_key: str) -> Deal | None:
        """Return the deal of exactly this contract (`APP-1` is not `APP-10`), an open one before a closed one.

        Raises Permanent if there are several.
        """
        found = await self._list(Deal, "POST", "/api/v1/deals/list", {"searchString": application_key})
        return _only("deals", application_key, [deal for deal in found if deal.is_of(application_key)])

    async def find_project(self, application_key: str) -> Project | None:
        """Return the project of exactly this contract. Raises Permanent if there are several."""
        found = await self._list(Project, "GET", "/api/v1/projects", {"filter.externalId": application_key})
        return _only("projects", application_key, [row for row in found if row.external_id == application_key])

    async def find_category(self, title: str) -> Category | None:
        """Return the income category with exactly this title."""
        filters = {"filter.title": title, "filter.operationCategoryType": "Income"}
        found = await self._list(Category, "GET", "/api/v1/operationcategories", filters)
        return next((row for row in found if row.title == title and row.type == "Income"), None)

    async def create_shipment(self, draft: ShipmentDraft) -> Shipment:
        """Create a shipment and return it as PlanFact answers it."""
        body = _shipment_body(draft, self._company_id)
        async with self._exclusive_write():
            answer, data = await self._call("POST", "/api/v1/operations/shipment", changes=True, body=body)
        return answer.read(Shipment, data)

    async def get_operation(self, operation_id: int) -> Shipment:
        """Return an operation by its id. Raises NotFound if it does not exist."""
        answer, data = await self._call("GET", f"/api/v1/operations/{operation_id}", changes=False)
        return answer.read(Shipment, data)

    async def delete_operation(self, operation_id: int) -> None:
        """Delete an operation. Raises NotFound if it does not exist."""
        async with self._exclusive_write():
            await self._call("DELETE", f"/api/v1/operations/{operation_id}", changes=True)

    @asynccontextmanager
    async def _exclusive_write(self) -> AsyncIterator[None]:
        """Hold the lock of writes: PlanFact accepts one write at a time, so the writes of this process wait here."""
        try:
            async with asyncio.timeout(self._write_wait_seconds):
                await self._write_lock.acquire()
        except TimeoutError as error:
            raise Transient(f"{VENDOR} accepts one write at a time, and earlier writes have not ended yet") from error
        try:
            yield
        finally:
            self._write_lock.release()

    async def _list(self, model: type[Listed], method: str, path: str, filters: dict[str, Any]) -> list[Listed]:
        """Return the rows of all pages. A POST has the filters in the body, a GET as `filter.*` in the query."""
        rows: list[Listed] = []
        while True:
            if method == "POST":
                arguments: dict[str, Any] = {"body": {**filters, "offset": len(rows), "limit": PAGE}}
            else:
                arguments = {"params": {**filters, "paging.offset": len(rows), "paging.limit": PAGE}}
            answer, data = await self._call(method, path, changes=False, **arguments)
            page = answer.read(Page, data)
            if page.total == 0 and len(page.items) == TRUNCATED:
                raise Transient(f"{VENDOR} returned a truncated list")
            rows += [answer.read(model, item) for item in page.items]
            if not page.items or len(rows) >= page.total:
                return rows

    async def _call(
        self, method: str, path: str, *, changes: bool, body: object = None, params: dict[str, Any] | None = None
    ) -> tuple[VendorResponse, Any]:
        try:
            answer = await exchange(self._http, VENDOR, method, path, changes=changes, body=body, params=params)
        except RateLimited as limit:
            raise RateLimited(limit.message, limit.retry_after or WRITER_LOCK_PAUSE) from limit
        status = answer.response.status_code
        if answer.response.is_success:
            envelope = answer.read(Envelope, answer.json())
            if envelope.ok:
                return answer, envelope.data
            raise Permanent(f"{VENDOR} refused: {envelope.refusal}", vendor_message=envelope.refusal, status=status)
        reason = _reason(answer)
        match status:
            case 401:
                raise Permanent(f"{VENDOR} does not accept our API key", vendor_message=reason, status=status)
            case 403:
                raise Permanent(f"{VENDOR} gives our API key no access to this", vendor_message=reason, status=status)
            case 404:
                raise NotFound(f"{VENDOR} has no such record", vendor_message=reason, status=status)
            case _:
                raise Permanent(f"{VENDOR} refused: {reason}", vendor_message=reason, status=status)


def _reason(answer: VendorResponse) -> str:
    """Return the reason of PlanFact, or the start of a body that is not PlanFact's."""
    try:
        return Envelope.model_validate_json(answer.response.content).refusal
    except ValidationError:
        return answer.response.text[:500] or f"HTTP {answer.response.status_code}"


def _only(what: str, application_key: str, rows: list[Keyed]) -> Keyed | None:
    candidates = [row for row in rows if not row.closed] or rows
    if len(candidates) > 1:
        message = f"{VENDOR} has {len(candidates)} {what} for {application_key}; keep one and close the others"
        raise Permanent(message, vendor_message=message)
    return candidates[0] if candidates else None


def _shipment_body(draft: ShipmentDraft, company_id: int) -> dict[str, Any]:
    """Return the body that creates a shipment.

    It is assumed to be the body of the published PUT request with the product in the line of the shipment.
    """
    day = draft.day.isoformat()
    shared = {
        "calculationDate": day,
        "isCalculationCommitted": True,
        "contrAgentId": draft.contragent_id,
        "operationCategoryId": draft.category_id,
        "sellingDealId": draft.deal_id,
    }
    if draft.project_id is not None:
        shared["projectId"] = draft.project_id
    return {
        "calculationDate": day,
        "isCalculationCommitted": True,
        "companyId": company_id,
        "contrAgentId": draft.contragent_id,
        "currencyCode": draft.currency,
        "comment": draft.comment,
        "externalId": draft.external_id,
        "items": [
            {**shared, "productId": line.product_id, "count": line.count, "value": line.value} for line in draft.lines
        ],
    }
