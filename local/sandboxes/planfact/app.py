"""The PlanFact sandbox: its envelope, lookups, shipments and incomes, as far as invoices need them.

It reproduces these peculiarities of PlanFact: an error can be HTTP 200 with `isSuccess: false`, an unknown filter is
ignored and returns all rows, a repeated `externalId` is accepted, a shipment has no payment date and matches no date
range, one write runs at a time, a list of 10,000 rows has no total, and the calls of a month are limited.
"""

from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.planfact import lookups, operations
from local.sandboxes.planfact.answers import PlanFactError, envelope, require_quota
from local.sandboxes.planfact.page import planfact_page
from local.sandboxes.planfact.reference_data import ReferenceData, Seed
from local.sandboxes.state import SandboxState
from settings import PlanFactSettings

NAME = "planfact"


class Lists(BaseModel):
    """How lists misbehave: filters that are ignored as misspelt ones are, and lists that are cut."""

    model_config = ConfigDict(extra="forbid")
    ignore_filters: bool = False
    capped: bool = False


class Quota(BaseModel):
    """The calls of a month, and those of a minute; without `per_minute` as many as tests need."""

    model_config = ConfigDict(extra="forbid")
    calls: int = Field(ge=0)
    per_minute: int | None = Field(default=None, ge=1)


def vendor(state_dir: Path, settings: PlanFactSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    reference_data = ReferenceData(state, settings)
    app = FastAPI(title="PlanFact sandbox", openapi_url=None)

    def refuse(status: int, message: str, code: str | None = None) -> Response:
        return envelope(state, None, status=status, message=message, code=code)

    @app.exception_handler(PlanFactError)
    async def refused(_: Request, refusal: PlanFactError) -> Response:
        return refuse(refusal.status, refusal.message, refusal.code)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return refuse(400, f"The field {error.errors()[0]['loc'][-1]} is invalid")

    @app.post("/__sandbox/seed")
    async def seed_applications(body: Seed) -> Response:
        reference_data.seed(body)
        return admin.json({"seeded": len(body.applications)})

    @app.post("/__sandbox/lists")
    async def misbehave(body: Lists) -> Response:
        return admin.json(state.put("lists", "behaviour", body.model_dump()))

    @app.post("/__sandbox/quota")
    async def limit(body: Quota) -> Response:
        return admin.json(state.put("quota", "limit", body.model_dump()))

    @app.post("/__sandbox/operations/{operation_id}/delete")
    async def delete_operation(operation_id: int) -> Response:
        return admin.json(operations.delete(state, operation_id))

    async def authorise(request: Request) -> None:
        if request.headers.get("X-ApiKey") != settings.api_key.get_secret_value():
            raise PlanFactError(401, "Unauthorized")
        require_quota(state)

    app.include_router(admin.router(state, lambda: _effects(state)))
    app.include_router(lookups.router(state, reference_data), dependencies=[Depends(authorise)])
    app.include_router(operations.router(state, reference_data), dependencies=[Depends(authorise)])
    return Vendor(NAME, app, state, refuse, planfact_page(state), needs_write_lock=_is_write)


def _is_write(method: str, path: str) -> bool:
    return method in ("PUT", "DELETE") or (method == "POST" and not path.endswith("/list"))


def _effects(state: SandboxState) -> list[dict[str, Any]]:
    return [
        admin.effect(
            row["operationType"].lower(), row["operationId"], deleted=row["deleted"], record=operations.public(row)
        )
        for row in state.all("operation")
    ]
