"""The PlanFact sandbox: its envelope, lookups, shipments and operations, as far as an invoice needs them.

Kept from the real thing: a refusal can be HTTP 200 with `isSuccess: false`, an unknown filter is ignored and so returns
everything, a repeated `externalId` is accepted, a shipment has no payment date and falls out of every date window, and
one write runs at a time. The body of a shipment is the working hypothesis, since its schema is not published.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.planfact.reference_data import CATEGORIES, Books, Seed
from local.sandboxes.state import Record, Store
from settings import PlanFactSettings

NAME = "planfact"
NO_DATE = "0001-01-01T00:00:00"
PAGE_LIMIT = 10_000
MONTHLY_QUOTA = 100_000
OPERATION_IDS = 70_000_000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Test = Callable[[Record, str], bool]


class Refusal(Exception):
    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def vendor(state_dir: Path, settings: PlanFactSettings) -> Vendor:
    store = Store(state_dir / f"{NAME}.sqlite3")
    books = Books(store, settings)
    app = FastAPI(title="PlanFact sandbox", openapi_url=None)

    def refuse(status: int, message: str, code: str | None = None) -> Response:
        return _envelope(store, None, status=status, message=message, code=code)

    @app.exception_handler(Refusal)
    async def refused(_: Request, refusal: Refusal) -> Response:
        return refuse(refusal.status, refusal.message, refusal.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return refuse(400, f"The field {error.errors()[0]['loc'][-1]} is invalid")

    @app.post("/__sandbox/seed")
    async def seed_applications(body: Seed) -> Response:
        books.seed(body.applications)
        return admin.json({"seeded": len(body.applications)})

    async def authorise(request: Request) -> None:
        if request.headers.get("X-ApiKey") != settings.api_key.get_secret_value():
            raise Refusal(401, "Unauthorized")

    app.include_router(admin.router(store, lambda: _effects(store)))
    app.include_router(_lookups(store, books), dependencies=[Depends(authorise)])
    app.include_router(_operations(store, books), dependencies=[Depends(authorise)])
    return Vendor(NAME, app, store, refuse, takes_the_lock=_is_write)


def _is_write(method: str, path: str) -> bool:
    return method in ("PUT", "DELETE") or (method == "POST" and not path.endswith("/list"))


def _effects(store: Store) -> list[dict[str, Any]]:
    return [
        admin.effect("shipment", row["operationId"], deleted=row["deleted"], record=_public(row))
        for row in store.all("operation")
    ]


def _public(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "deleted"}


def _envelope(
    store: Store, data: object, *, status: int = 200, message: str | None = None, code: str | None = None
) -> Response:
    answer = admin.json(
        {
            "data": data,
            "isSuccess": message is None,
            "errorMessage": message,
            "errorCode": code,
            "errorCodeTitle": None,
            "errors": None,
        },
        status,
    )
    now, used = store.now(), store.count_requests() - 1  # the quota does not count the current call yet
    reset = datetime(now.year + now.month // 12, now.month % 12 + 1, 1, tzinfo=UTC)
    answer.headers.update(
        {
            "X-RateLimit-Limit": "600",
            "X-Quota-Limit": str(MONTHLY_QUOTA),
            "X-Quota-Used": str(used),
            "X-Quota-Remaining": str(MONTHLY_QUOTA - used),
            "X-Quota-Reset": str(int(reset.timestamp())),
        }
    )
    return answer


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = decimal_json.loads(await request.body())
    except ValueError as error:
        raise Refusal(400, "Unexpected character encountered while parsing value. Path '', line 0.") from error
    if not isinstance(body, dict):
        raise Refusal(400, "The field model is invalid")
    return body


def _page(store: Store, rows: list[Record], offset: object, limit: object) -> Response:
    if not (isinstance(offset, int) and isinstance(limit, int) and offset >= 0 and 0 < limit <= PAGE_LIMIT):
        raise Refusal(400, "The field paging is invalid")
    items = rows[offset : offset + limit]
    # A reply that hits the cap loses its total.
    total = 0 if len(items) == PAGE_LIMIT else len(rows)
    return _envelope(store, {"items": items, "total": total, "deletedItems": [], "totalDeleted": 0})


def _part(field: str) -> Test:
    return lambda row, wanted: wanted.lower() in str(row[field] or "").lower()


def _same(field: str) -> Test:
    return lambda row, wanted: str(row[field]).lower() == wanted.lower()


def _lookups(store: Store, books: Books) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    def lookup(path: str, rows: Callable[[], list[Record]], filters: dict[str, Test]) -> None:
        async def answer(request: Request) -> Response:
            query = request.query_params
            found = rows()
            for name, test in filters.items():  # a filter that is not in the table is ignored, as in the real thing
                if (wanted := query.get(f"filter.{name}")) is not None:
                    found = [row for row in found if test(row, wanted)]
            offset, limit = query.get("paging.offset", "0"), query.get("paging.limit", str(PAGE_LIMIT))
            if not (offset.isdecimal() and limit.isdecimal()):
                raise Refusal(400, "The field paging is invalid")
            return _page(store, found, int(offset), int(limit))

        router.add_api_route(path, answer, methods=["GET"])

    titled = {"title": _part("title"), "externalId": _same("externalId")}
    active = {"active": _same("active")}
    inn: dict[str, Test] = {
        "titleOrContrAgentInn": lambda row, text: text.lower() in f"{row['title']} {row['contrAgentInn']}".lower()
    }
    lookup(
        "/contragents", lambda: store.all("contragent"), titled | active | inn | {"contrAgentId": _same("contrAgentId")}
    )
    lookup("/projects", lambda: store.all("project"), titled | active)
    lookup(
        "/companies",
        lambda: [books.company],
        {"title": _part("title"), "companyId": _same("companyId")},
    )
    lookup(
        "/operationcategories", lambda: CATEGORIES, titled | {"operationCategoryType": _same("operationCategoryType")}
    )
    lookup("/products", lambda: books.products, {"searchString": _part("title"), "externalId": _same("externalId")})

    @router.post("/deals/list")
    async def deals(request: Request) -> Response:
        body = await _body(request)
        text, contractor = body.get("searchString"), body.get("contractorId")
        found = [
            deal
            for deal in store.all("deal")
            if (text is None or str(text).lower() in deal["title"].lower())
            and (contractor is None or deal["contractorId"] == contractor)
        ]
        return _page(store, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    return router


def _operations(store: Store, books: Books) -> APIRouter:
    router = APIRouter(prefix="/api/v1/operations")

    def existing(operation_id: int) -> Record:
        row = store.get("operation", operation_id)
        if row is None or row["deleted"]:
            raise Refusal(404, f"Операция {operation_id} не найдена")
        return row

    @router.post("/list")
    async def search(request: Request) -> Response:
        body = await _body(request)
        found = [_public(row) for row in store.all("operation") if not row["deleted"] and _fits(row, body)]
        return _page(store, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    @router.post("/shipment")
    async def create(request: Request) -> Response:
        body = await _body(request)
        row = _shipment(store, books, body)
        store.put("operation", row["operationId"], row)
        return _envelope(store, _public(row))

    @router.get("/{operation_id}")
    async def read(operation_id: int) -> Response:
        return _envelope(store, _public(existing(operation_id)))

    @router.delete("/{operation_id}")
    async def delete(operation_id: int) -> Response:
        store.put("operation", operation_id, existing(operation_id) | {"deleted": True})
        return _envelope(store, None)

    return router


def _fits(row: Record, search: dict[str, Any]) -> bool:
    if str(search.get("searchString") or "").lower() not in str(row["comment"] or "").lower():
        return False
    if search.get("operationType") and row["operationType"] not in search["operationType"]:
        return False
    day, start, end = row["operationDate"][:10], search.get("operationDateStart"), search.get("operationDateEnd")
    # The window compares the payment date, and a shipment has none.
    return not (start or end) or (row["operationDate"] != NO_DATE and (start or day) <= day <= (end or day))


def _shipment(store: Store, books: Books, body: dict[str, Any]) -> Record:
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise Refusal(400, "The field items is invalid")
    if body.get("companyId") != books.company["companyId"]:
        raise Refusal(403, "Forbidden")
    for line in [body, *items]:
        if not DAY.fullmatch(str(line.get("calculationDate"))):
            raise Refusal(400, "The field calculationDate is invalid")
    for item in items:
        if isinstance(item.get("value"), bool) or not isinstance(item.get("value"), int | Decimal):
            raise Refusal(400, "The field value is invalid")
        if (reason := books.flaw(item)) is not None:
            raise Refusal(200, reason, "validation_error")
    operation_id = OPERATION_IDS + store.count("operation") + 1
    value, now = sum((Decimal(item["value"]) for item in items), Decimal(0)), store.now().strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "operationId": operation_id,
        "operationType": "Shipment",
        "operationDate": NO_DATE,
        "calculationDate": f"{body['calculationDate']}T00:00:00",
        "value": value,
        "valueInUserCurrency": value,
        "currencyCode": body.get("currencyCode"),
        "comment": body.get("comment"),
        "externalId": body.get("externalId"),
        "isCommitted": False,
        "account": {"accountId": 0, "title": None},
        "accountCompany": books.company,
        "operationParts": [_operation_part(books, operation_id, n, item) for n, item in enumerate(items, start=1)],
        "createDate": now,
        "modifyDate": now,
        "deleted": False,
    }


def _operation_part(books: Books, operation_id: int, n: int, item: dict[str, Any]) -> Record:
    contragent, project = (
        books.contragent(item["contrAgentId"]),
        books.project(item.get("projectId") or 0),
    )
    return {
        "operationPartId": operation_id * 100 + n,
        "calculationDate": f"{item['calculationDate']}T00:00:00",
        "calculationPeriodDate": None,
        "isCalculationCommitted": bool(item.get("isCalculationCommitted")),
        "contrAgent": contragent,
        "project": project,
        "operationCategory": next(c for c in CATEGORIES if c["operationCategoryId"] == item["operationCategoryId"]),
        "sellingDealId": item["sellingDealId"],
        "purchaseDealId": 0,
        "productId": item.get("productId"),
        "count": item.get("count"),
        "value": item["value"],
        "valueInUserCurrency": item["value"],
    }
