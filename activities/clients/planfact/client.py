"""The client of PlanFact: it finds the deal of a contract, and creates, finds and deletes shipments.

PlanFact does not prevent duplicates (an `externalId` may repeat) and ignores filters that it does not know, so the
result of every search is filtered here again. See docs/specification/effects.md 4.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import httpx
from pydantic import SecretStr, ValidationError

from activities.clients.errors import NotFound, Permanent, RateLimited, Transient
from activities.clients.http_exchange import VendorResponse, exchange
from activities.clients.planfact.bodies import income_body, shipment_body
from activities.clients.planfact.pace import Pace
from activities.clients.planfact.quota import MonthlyQuota
from activities.clients.planfact.records import (
    Account,
    Category,
    Company,
    Contragent,
    Deal,
    Envelope,
    IncomeDraft,
    Listed,
    Operation,
    OperationKind,
    Page,
    Project,
    ShipmentDraft,
)

VENDOR = "PlanFact"
PAGE = 500
# PlanFact allows one write at a time per business. It recommends to wait 2 to 5 seconds and sends no Retry-After.
WRITER_LOCK_PAUSE = timedelta(seconds=3)
# A read is not subject to that lock, so its 429 means the limit of requests in a minute.
MINUTE = timedelta(minutes=1)
CALLS_OF_A_WRITE = 2  # the write, and the read that checks what was stored
# The longest time that a write waits for the other writes of this process. It is limited, because the effect that waits
# holds a connection of the ledger.
WRITE_WAIT_SECONDS = 15.0

RowT = TypeVar("RowT", bound=Listed)
KeyedT = TypeVar("KeyedT", Deal, Project)


def connect(url: str, api_key: SecretStr, timeout_seconds: float) -> httpx.AsyncClient:
    """Return the HTTP client. `url` has no path (https://api.planfact.io), because the versions of paths differ."""
    return httpx.AsyncClient(
        base_url=url, headers={"X-ApiKey": api_key.get_secret_value()}, timeout=httpx.Timeout(timeout_seconds)
    )


class PlanFact:
    """The accounts of one company. Every method raises the errors of `activities/clients/errors.py`."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        company_id: int,
        write_wait_seconds: float = WRITE_WAIT_SECONDS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._http = http
        self.company_id = company_id
        self._write_lock = asyncio.Lock()
        self._write_wait_seconds = write_wait_seconds
        self._quota = MonthlyQuota()
        self._pace = Pace(clock)

    def begin(self, effect: str, calls: int) -> None:
        """Begin an effect that makes so many calls. Raises RateLimited until its turn in the limit of a minute."""
        self._pace.begin(effect, calls)

    async def find_operations(self, kind: OperationKind, marker: str) -> list[Operation]:
        """Return all operations of this kind whose comment contains the marker.

        The search has no date filter: PlanFact applies it to the payment date, which a shipment does not have.
        """
        search = {"searchString": marker, "operationType": [kind]}
        found = await self._list(Operation, "POST", "/api/v1/operations/list", search)
        return [row for row in found if row.type == kind and marker in (row.comment or "")]

    async def find_deal(self, application_key: str, deal_id: int | None = None) -> Deal | None:
        """Return the deal of exactly this contract (`APP-1` is not `APP-10`), an open one before a closed one.

        With an id only that one of its deals is returned. Raises Permanent if there are several.
        """
        found = await self._list(Deal, "POST", "/api/v1/deals/list", {"searchString": application_key})
        return _only(
            "deals",
            application_key,
            [deal for deal in found if deal.is_of(application_key) and deal_id in (None, deal.id)],
        )

    async def find_project(self, application_key: str) -> Project | None:
        """Return the project of exactly this contract. Raises Permanent if there are several."""
        found = await self._list(Project, "GET", "/api/v1/projects", {"filter.externalId": application_key})
        return _only("projects", application_key, [row for row in found if row.external_id == application_key])

    async def find_category(self, title: str) -> Category | None:
        """Return the income category with exactly this title. Raises Permanent if there are several."""
        filters = {"filter.title": title, "filter.operationCategoryType": "Income"}
        found = await self._list(Category, "GET", "/api/v1/operationcategories", filters)
        same = [row for row in found if row.title == title and row.type == "Income"]
        if len(same) > 1:
            raise _several("income categories", f"«{title}»", [row.id for row in same], "rename all but one")
        return same[0] if same else None

    async def find_contragent(self, contragent_id: int) -> Contragent | None:
        """Return the counterparty with exactly this id, also an archived one; None if PlanFact does not list it."""
        filters = {"filter.contrAgentId": contragent_id}
        found = await self._list(Contragent, "GET", "/api/v1/contragents", filters)
        return next((row for row in found if row.id == contragent_id), None)

    async def find_company(self) -> Company | None:
        """Return our company, also an archived one; None if PlanFact does not list it."""
        found = await self._list(Company, "GET", "/api/v1/companies", {"filter.companyId": self.company_id})
        return next((row for row in found if row.id == self.company_id), None)

    async def find_account(self, account_id: int) -> Account | None:
        """Return the account with exactly this id, also an archived one; None if PlanFact does not list it."""
        found = await self._list(Account, "GET", "/api/v1/accounts", {})
        return next((row for row in found if row.id == account_id), None)

    async def create_income(self, draft: IncomeDraft) -> Operation:
        """Create an income and return it as PlanFact answers it."""
        return await self._create(OperationKind.INCOME, income_body(draft))

    async def create_shipment(self, draft: ShipmentDraft) -> Operation:
        """Create a shipment and return it as PlanFact answers it."""
        return await self._create(OperationKind.SHIPMENT, shipment_body(draft, self.company_id))

    async def get_operation(self, operation_id: int) -> Operation:
        """Return an operation by its id. Raises NotFound if it does not exist."""
        answer, data = await self._call("GET", f"/api/v1/operations/{operation_id}", changes=False)
        return answer.read(Operation, data)

    async def delete_operation(self, operation_id: int) -> None:
        """Delete an operation. Raises NotFound if it does not exist."""
        async with self._exclusive_write():
            await self._call("DELETE", f"/api/v1/operations/{operation_id}", changes=True)

    async def _create(self, kind: OperationKind, body: dict[str, Any]) -> Operation:
        async with self._exclusive_write():
            answer, data = await self._call("POST", f"/api/v1/operations/{kind.lower()}", changes=True, body=body)
        return answer.read(Operation, data)

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

    async def _list(self, model: type[RowT], method: str, path: str, filters: dict[str, Any]) -> list[RowT]:
        """Return the rows of all pages. A POST has the filters in the body, a GET as `filter.*` in the query.

        Raises Transient for a list that is cut or that repeats a page: what it lacks would count as absent.
        """
        rows: dict[int, RowT] = {}
        while True:
            if method == "POST":
                arguments: dict[str, Any] = {"body": {**filters, "offset": len(rows), "limit": PAGE}}
            else:
                arguments = {"params": {**filters, "paging.offset": len(rows), "paging.limit": PAGE}}
            answer, data = await self._call(method, path, changes=False, **arguments)
            page = answer.read(Page, data)
            if page.total == 0 and len(page.items) >= PAGE:
                raise Transient(
                    f"{VENDOR} returned a truncated list ({len(page.items)} rows of {path} without a total)"
                )
            new = [answer.read(model, item) for item in page.items]
            if rows.keys() & {row.id for row in new}:
                raise Transient(f"{VENDOR} repeated a page of {path}, so the list is not complete")
            rows |= {row.id: row for row in new}
            if not page.items or len(rows) >= page.total:
                return list(rows.values())

    async def _call(
        self, method: str, path: str, *, changes: bool, body: object = None, params: dict[str, Any] | None = None
    ) -> tuple[VendorResponse, Any]:
        self._quota.require(CALLS_OF_A_WRITE if changes else 1)
        try:
            answer = await exchange(self._http, VENDOR, method, path, changes=changes, body=body, params=params)
        except RateLimited as limit:
            self._quota.note(limit.headers, refused=True)
            self._pace.note(limit.headers)
            self._quota.require(1)
            pause = limit.retry_after or (WRITER_LOCK_PAUSE if changes else MINUTE)
            raise RateLimited(limit.message, pause) from limit
        self._quota.note(answer.response.headers, refused=False)
        self._pace.note(answer.response.headers)
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


def _only(what: str, application_key: str, rows: list[KeyedT]) -> KeyedT | None:
    candidates = [row for row in rows if not row.closed] or rows
    if len(candidates) > 1:
        raise _several(what, application_key, [row.id for row in candidates], "keep one and close the others")
    return candidates[0] if candidates else None


def _several(what: str, of: str, ids: list[int], remedy: str) -> Permanent:
    message = f"{VENDOR} has {len(ids)} {what} for {of} ({', '.join(map(str, ids))}); {remedy} there, then retry."
    return Permanent(message, vendor_message=message)
