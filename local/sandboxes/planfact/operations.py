"""The operations: shipments and incomes. The body of a shipment is an assumption; its schema is not published."""

import re
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from local.sandboxes.planfact.answers import (
    PAGE_LIMIT,
    PlanFactError,
    body_of,
    envelope,
    filters_are_ignored,
    page,
)
from local.sandboxes.planfact.reference_data import CATEGORIES, ReferenceData
from local.sandboxes.state import Record, SandboxState

NO_DATE = "0001-01-01T00:00:00"
OPERATION_IDS = 70_000_000
DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def public(row: Record) -> Record:
    return {name: value for name, value in row.items() if name != "deleted"}


def _existing(state: SandboxState, operation_id: int) -> Record:
    row = state.get("operation", operation_id)
    if row is None or row["deleted"]:
        raise PlanFactError(404, f"Операция {operation_id} не найдена")
    return row


def delete(state: SandboxState, operation_id: int) -> Record:
    return state.put("operation", operation_id, _existing(state, operation_id) | {"deleted": True})


def router(state: SandboxState, reference_data: ReferenceData) -> APIRouter:
    routes = APIRouter(prefix="/api/v1/operations")

    @routes.post("/list")
    async def search(request: Request) -> Response:
        body = await body_of(request)
        search_for = {} if filters_are_ignored(state) else body
        found = [public(row) for row in state.all("operation") if not row["deleted"] and _fits(row, search_for)]
        return page(state, found, body.get("offset", 0), body.get("limit", PAGE_LIMIT))

    @routes.post("/shipment")
    async def create(request: Request) -> Response:
        body = await body_of(request)
        row = _shipment(state, reference_data, body)
        state.put("operation", row["operationId"], row)
        return envelope(state, public(row))

    @routes.post("/income")
    async def create_income(request: Request) -> Response:
        row = _income(state, reference_data, await body_of(request))
        state.put("operation", row["operationId"], row)
        return envelope(state, public(row))

    @routes.get("/{operation_id}")
    async def read(operation_id: int) -> Response:
        return envelope(state, public(_existing(state, operation_id)))

    @routes.delete("/{operation_id}")
    async def delete_operation(operation_id: int) -> Response:
        delete(state, operation_id)
        return envelope(state, None)

    return routes


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
    if body.get("companyId") != reference_data.company()["companyId"]:
        raise PlanFactError(403, "Forbidden")
    _check_days("calculationDate", body, *items)
    _check_items(reference_data, items)
    return _operation(
        state,
        reference_data,
        body,
        operationType="Shipment",
        operationDate=NO_DATE,
        calculationDate=f"{body['calculationDate']}T00:00:00",
        currencyCode=body.get("currencyCode"),
        isCommitted=False,
        account={"accountId": 0, "title": None},
    )


def _income(state: SandboxState, reference_data: ReferenceData, body: dict[str, Any]) -> Record:
    items = body.get("items")
    if not isinstance(items, list) or not items:
        raise PlanFactError(400, "The field items is invalid")
    _check_days("operationDate", body)
    _check_days("calculationDate", *items)
    account = reference_data.account(body.get("accountId") or 0)
    if account is None:
        raise PlanFactError(400, "The field accountId is invalid")
    if not isinstance(body.get("isCommitted"), bool):
        raise PlanFactError(400, "The field isCommitted is invalid")
    if not account["active"]:
        raise PlanFactError(200, f"Счёт «{account['title']}» находится в архиве", "validation_error")
    _check_items(reference_data, items)
    return _operation(
        state,
        reference_data,
        body,
        operationType="Income",
        operationDate=f"{body['operationDate']}T00:00:00",
        calculationDate=f"{items[0]['calculationDate']}T00:00:00",
        currencyCode=account["currencyCode"],
        isCommitted=body["isCommitted"],
        account=account,
    )


def _check_days(field: str, *lines: dict[str, Any]) -> None:
    for line in lines:
        if not DAY.fullmatch(str(line.get(field))):
            raise PlanFactError(400, f"The field {field} is invalid")


def _check_items(reference_data: ReferenceData, items: list[dict[str, Any]]) -> None:
    for item in items:
        if isinstance(item.get("value"), bool) or not isinstance(item.get("value"), int | Decimal):
            raise PlanFactError(400, "The field value is invalid")
        if (reason := reference_data.refusal_reason(item)) is not None:
            raise PlanFactError(200, reason, "validation_error")


def _operation(state: SandboxState, reference_data: ReferenceData, body: dict[str, Any], **fields: Any) -> Record:
    items = body["items"]
    operation_id = OPERATION_IDS + state.next_number("operation")
    value, now = sum((Decimal(item["value"]) for item in items), Decimal(0)), state.now().strftime("%Y-%m-%dT%H:%M:%S")
    return {
        "operationId": operation_id,
        **fields,
        "value": value,
        "valueInUserCurrency": value,
        "comment": body.get("comment"),
        "externalId": body.get("externalId"),
        "accountCompany": reference_data.company(),
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
