"""The sandbox of DigitalOcean's billing API: invoices, their items by page, their summary and CSV, and the preview.

Its shapes are those of the official description. Amounts are texts, a page has 20 rows unless `per_page` asks for up to
200, the preview stands beside the list, and every answer has the headers of the rate limit. One account has the
invoice of April 2026 from the start; more are added at `/__sandbox/invoices`.
"""

from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.digitalocean.invoices import PREVIEW, Account, csv_of
from local.sandboxes.digitalocean.page import digitalocean_page
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import SandboxState
from settings import DigitalOceanSettings

NAME = "digitalocean"
BASE = "/v2/customers/my/invoices"
LIMIT = 5000  # requests in an hour
PER_PAGE, MOST_PER_PAGE = 20, 200
IDS = {400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 429: "too_many_requests"}


class DigitalOceanError(Exception):
    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status, self.message = status, message


class Invoice(BaseModel):
    """An invoice that a test adds; one with the same UUID is replaced."""

    model_config = ConfigDict(extra="forbid")
    summary: dict[str, Any]
    invoice_items: list[dict[str, Any]]


class Lists(BaseModel):
    """How many rows more than it sends a list says it has, as if it were cut."""

    model_config = ConfigDict(extra="forbid")
    missing: int = Field(ge=0)


def vendor(state_dir: Path, settings: DigitalOceanSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    account = Account(state)
    app = FastAPI(title="DigitalOcean sandbox", openapi_url=None)

    def refuse(status: int, message: str) -> Response:
        answer = _answer(state, {"id": IDS.get(status, "server_error"), "message": message}, status)
        if status == 429:
            answer.headers["ratelimit-remaining"] = "0"
        return answer

    @app.exception_handler(DigitalOceanError)
    async def refused(_: Request, refusal: DigitalOceanError) -> Response:
        return refuse(refusal.status, refusal.message)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> Response:
        return refuse(400, f"{error.errors()[0]['loc'][-1]} is invalid")

    @app.post("/__sandbox/invoices")
    async def add_invoice(body: Invoice) -> Response:
        account.put(body.model_dump())
        return admin.json({"invoices": len(account.all())})

    @app.delete("/__sandbox/invoices")
    async def remove_invoices() -> Response:
        account.clear()
        return admin.json({"invoices": 0})

    @app.post("/__sandbox/lists")
    async def cut(body: Lists) -> Response:
        return admin.json(state.put("lists", "behaviour", body.model_dump()))

    accepted = {f"Bearer {token.get_secret_value()}" for token in settings.accounts.values()}

    async def authorise(request: Request) -> None:
        if request.headers.get("Authorization") not in accepted:
            raise DigitalOceanError(401, "Unable to authenticate you")

    app.include_router(admin.router(state, list))
    app.include_router(_routes(state, account), dependencies=[Depends(authorise)])
    return Vendor(NAME, app, state, refuse, digitalocean_page(state, account))


def _routes(state: SandboxState, account: Account) -> APIRouter:
    routes = APIRouter()

    @routes.get(BASE)
    async def invoices(request: Request) -> Response:
        listed = [_listed(each["summary"]) for each in account.all()]
        preview = _listed(account.preview()["summary"]) | {"updated_at": f"{state.now():%Y-%m-%dT%H:%M:%SZ}"}
        return _answer(state, _page(state, request, "invoices", listed) | {"invoice_preview": preview})

    @routes.get(BASE + "/{invoice_uuid}")
    async def items(invoice_uuid: str, request: Request) -> Response:
        return _answer(state, _page(state, request, "invoice_items", _found(account, invoice_uuid)["invoice_items"]))

    @routes.get(BASE + "/{invoice_uuid}/summary")
    async def summary(invoice_uuid: str) -> Response:
        return _answer(state, _found(account, invoice_uuid)["summary"])

    @routes.get(BASE + "/{invoice_uuid}/csv")
    async def as_csv(invoice_uuid: str) -> Response:
        invoice = _found(account, invoice_uuid)
        name = f"invoice-{invoice['summary'].get('invoice_id', '')}.csv"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', **_limits(state)}
        return Response(csv_of(invoice), media_type="text/csv", headers=headers)

    return routes


def _found(account: Account, invoice_uuid: str) -> dict[str, Any]:
    found = account.preview() if invoice_uuid == PREVIEW else account.find(invoice_uuid)
    if found is None:
        raise DigitalOceanError(404, "The resource you requested could not be found.")
    return found


def _listed(summary: dict[str, Any]) -> dict[str, Any]:
    return {
        "invoice_uuid": summary["invoice_uuid"],
        "invoice_id": summary.get("invoice_id", ""),
        "amount": summary["amount"],
        "invoice_period": summary["billing_period"],
    }


def _page(state: SandboxState, request: Request, field: str, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the rows of the page, the links to others, and how many rows there are in all."""
    page, per_page = _number(request, "page", 1), _number(request, "per_page", PER_PAGE)
    if not (page >= 1 and 1 <= per_page <= MOST_PER_PAGE):
        raise DigitalOceanError(400, f"per_page must be between 1 and {MOST_PER_PAGE}")
    missing = int((state.get("lists", "behaviour") or {"missing": 0})["missing"])
    last = max(-(-len(rows) // per_page), 1)
    address = str(request.url).partition("?")[0]
    pages = {}
    if page < last:
        pages = {
            "next": f"{address}?page={page + 1}&per_page={per_page}",
            "last": f"{address}?page={last}&per_page={per_page}",
        }
    shown = rows[(page - 1) * per_page : page * per_page]
    return {field: shown, "links": {"pages": pages}, "meta": {"total": len(rows) + missing}}


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, str(default))
    if not text.isdecimal():
        raise DigitalOceanError(400, f"{name} must be a number")
    return int(text)


def _answer(state: SandboxState, body: object, status: int = 200) -> Response:
    answer = admin.json(body, status)
    answer.headers.update(_limits(state))
    return answer


def _limits(state: SandboxState) -> dict[str, str]:
    return {
        "ratelimit-limit": str(LIMIT),
        "ratelimit-remaining": str(max(LIMIT - state.count_requests(), 1)),
        "ratelimit-reset": str(int(state.now().timestamp()) + 1),
    }
