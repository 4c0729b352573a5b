"""The PlanFact sandbox: its envelope, lookups, shipments and operations, as far as invoices need them.

It reproduces these peculiarities of PlanFact: an error can be HTTP 200 with `isSuccess: false`, an unknown filter is
ignored and returns all rows, a repeated `externalId` is accepted, a shipment has no payment date and matches no date
range, and one write runs at a time. The body of a shipment is an assumption, because its schema is not published.
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
from local.sandboxes.planfact.reference_data import CATEGORIES, ReferenceData, Seed
from local.sandboxes.state import Record, SandboxState
from settings import PlanFactSettings

NAME = "planfact"
NO_DATE = "0001-01-01T00:00:00"
PAGE_LIMIT = 10_000
MONTHLY_QUOTA = 100_000
OPERATION_IDS = 70_000_000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
Test = Callable[[Record, str], bool]


class PlanFactError(Exception):
    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


def vendor(state_dir: Path, settings: PlanFactSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    reference_data = ReferenceData(state, settings)
    app = FastAPI(title="PlanFact sandbox", openapi_url=None)

    def refuse(status: int, message: str, code: str | None = None) -> Response:
        return _envelope(state, None, status=status, message=message, code=code)

    @app.exception_handler(PlanFactError)
    async def refused(_: Request, refusal: PlanFactError) -> Response:
        return refuse(refusal.status, refusal.message, refusal.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return refuse(400, f"The field {error.errors()[0]['loc'][-1]} is invalid")

    @app.post("/__sandbox/seed")
    async def seed_applications(body: Seed) -> Response:
        reference_data.seed(body.applications)
        return admin.json({"seeded": len(body.applications)})

    async def authorise(request: Request) -> None:
        if request.headers.get("X-ApiKey") != settings.api_key.get_secret_value():
            raise PlanFactError(401, "Unauthorized")

    app.include_router(admin.router(state, lambda: _effects(state)))
    app.include_router(_lookups(state, reference_data), dependencies=[Depends(authorise)])
    app.include_router(_operations(state, reference_data), dependencies=[Depends(authorise)])
    return Vendor(NAME, app, state, refuse, needs_write_lock=_is_write)


def _is_write(method: str, path: str) -> bool:
    return method in ("PUT", "DELETE") or (method == "POST" and not path.endswith("/list"))


def _effects(state: SandboxState) -> list[dict[str, Any]]:
    return [
        admin.effect("shipment", row["operationId"], deleted=row["deleted"], record=_public(row))
        for row in state.all("operation")
    ]


def _public(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "deleted"}


def _envelope(
    state: SandboxState, data: object, *, status: int = 200, message: str | None = None, code: str | None = None
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
    now, used = state.now(), state.count_requests() - 1  # the quota does not include the current call
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
        raise PlanFactError(400, "Unexpected character encountered while parsing value. Path '', line 0.") from error
    if not isinstance(body, dict):
        raise PlanFactError(400, "The field model is invalid")
    return body


def _page(state: SandboxState, rows: list[Record], offset: object, limit: object) -> Response:
    if not (isinstance(offset, int) and isinstance(limit, int) and offset >= 0 and 0 < limit <= PAGE_LIMIT):
        raise PlanFactError(400, "The field paging is invalid")
    items = rows[offset : offset + limit]
    # An answer with the maximum number of items has no total.
    total = 0 if len(items) == PAGE_LIMIT else len(rows)
    return _envelope(state, {"items": items, "total": total, "deletedItems": [], "totalDeleted": 0})


def _contains(field: str) -> Test:
    return lambda row, wanted: wanted.lower() in str(row[field] or "").lower()


def _equals(field: str) -> Test:
    return lambda row, wanted: str(row[field]).lower() == wanted.lower()


def _lookups(state: SandboxState, reference_data: ReferenceData) -> APIRouter:
    router = APIRouter(prefix="/api/v1")

    def lookup(path: str, rows: Callable[[], list[Record]], filters: dict[str, Test]) -> None:
        async def answer(request: Request) -> Response:
            query = request.query_params
            found = rows()
            for name, test in filters.items():  # PlanFact ignores filters that it does not know
                if (wanted := query.get(f"filter.{name}")) is not None:
                    found = [row for row in found if test(row, wanted)]
            offset, limit = query.get("paging.offset", "0"), query.get("paging.limit", str(PAGE_LIMIT))
            if not (offset.isdecimal() and limit.isdecimal()):
                raise PlanFactError(400, "The field paging is invalid")
            return _page(state, found, int(offset), int(limit))

        router.add_api_route(path, answer, methods=["GET"])

    titled = {"title": _contains("title"), "externalId": _equals("externalId")}
    active = {"active": _equals("active")}
    inn: dict[str, Test] = {
        "titleOrContrAgentInn": lambda row, text: text.lower() in f"{row['title']} {row['contrAgentInn']}".lower()
    }
    lookup(
        "/contragents",
        lambda: state.all("contragent"),
        titled | active | inn | {"contrAgentId": _equals("contrAgentId")},
    )
    lookup("/projects", lambda: state.all("project"), titled | active)
    lookup(
        "/companies",
        lambda: [reference_data.company],
        {"title": _contains("title"), "companyId": _equals("companyId")},
    )
    lookup(
        "/operationcategories", lambda: CATEGORIES, titled | {"operationCategoryType": _equals("operationCategoryType")}
    )
    lookup(
        "/products",
        lambda: reference_data.products,
        {"searchString": _contains("title"), "externalId": _equals("externalId")},
    )

    @router.post("/deals/list")
    async def deals(request: Request) -> Response:
        body = await _body(request)
        text, contractor = body.get("searchString"), body.get("contractorId")
        found = [
            deal
            for deal in state.all("deal")
            if (text is None or str(text).lower() in deal["title"].lower())
            and (contractor is None or deal["contractorId"] == contractor)
        ]
        return _page(state, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    return router


def _operations(state: SandboxState, reference_data: ReferenceData) -> APIRouter:
    router = APIRouter(prefix="/api/v1/operations")

    def existing(operation_id: int) -> Record:
        row = state.get("operation", operation_id)
        if row is None or row["deleted"]:
            raise PlanFactError(404, f"Операция {operation_id} не найдена")
        return row

    @router.post("/list")
    async def search(request: Request) -> Response:
        body = await _body(request)
        found = [_public(row) for row in state.all("operation") if not row["deleted"] and _fits(row, body)]
        return _page(state, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    @router.post("/shipment")
    async def create(request: Request) -> Response:
        body = await _body(request)
        row = _shipment(state, reference_data, body)
        state.put("operation", row["operationId"], row)
        return _envelope(state, _public(row))

    @router.get("/{operation_id}")
    async def read(operation_id: int) -> Response:
        return _envelope(state, _public(existing(operation_id)))

    @router.delete("/{operation_id}")
    async def delete(operation_id: int) -> Response:
        state.put("operation", operation_id, existing(operation_id) | {"deleted": True})
        return _envelope(state, None)

    return router


def _fits(row: Record, search: dict[str, Any]) -> bool:
    if str(search.get("searchString") or "").lower() not in str(row["comment"] or "").lower():
        return False
    if search.get("operationType") and row["operationType"] not in search["operationType"]:
        return False
    day, start, end = row["operationDate"][:10], search.get("operationDateStart"), search.get("operationDateEnd")
    # The range applies to the payment date, and a shipment has none.
    return not (start or end) or (row["operationDate"] != NO_DATE and (start or day) <= day <= (end or day))


def _shipment(state: SandboxState, reference_data: ReferenceData, body: dict[str, Any]) -> Record:
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise PlanFactError(400, "The field items is invalid")
    if body.get("companyId") != reference_data.company["companyId"]:
        raise PlanFactError(403, "Forbidden")
    for line in [body, *items]:
        if not DAY.fullmatch(str(line.get("calculationDate"))):
            raise PlanFactError(400, "The field calculationDate is invalid")
    for item in items:
        if isinstance(item.get("value"), bool) or not isinstance(item.get("value"), int | Decimal):
            raise PlanFactError(400, "The field value is invalid")
        if (reason := reference_data.refusal_reason(item)) is not None:
            raise PlanFactError(200, reason, "validation_error")
    operation_id = OPERATION_IDS + state.count("operation") + 1
    value, now = sum((Decimal(item["value"]) for item in items), Decimal(0)), state.now().strftime("%Y-%m-%dT%H:%M:%S")
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
        "accountCompany": reference_data.company,
        "operationParts": [
            _operation_part(reference_data, operation_id, n, item) for n, item in enumerate(items, start=1)
        ],
        "createDate": now,
        "modifyDate": now,
        "deleted": False,
    }


def _operation_part(reference_data: ReferenceData, operation_id: int, n: int, item: dict[str, Any]) -> Record:
    contragent, project = (
        reference_data.contragent(item["contrAgentId"]),
        reference_data.project(item.get("projectId") or 0),
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
