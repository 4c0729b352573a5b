"""The sandbox of finance: the import of invoices and the look for one, with the contract of our own finance side.

It keeps one invoice for each tenant, source and external id. It may be told that it has no look, as another finance
service, and that an invoice is locked. See docs/specification/bills.md 5.
"""

from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes import admin
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.finance.page import finance_page
from local.sandboxes.finance.tokens import FinanceError, tenant_of
from local.sandboxes.state import Record, SandboxState
from models.bills.finance.payload import ImportInvoice
from settings import FinanceSettings

NAME = "finance"


class Lock(BaseModel):
    model_config = ConfigDict(extra="forbid")
    locked: bool = True


class Look(BaseModel):
    """Whether there is a route that finds an invoice by its key."""

    model_config = ConfigDict(extra="forbid")
    exists: bool


def vendor(state_dir: Path, settings: FinanceSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    app = FastAPI(title="Finance sandbox", openapi_url=None)

    @app.exception_handler(FinanceError)
    async def refused(_: Request, error: FinanceError) -> Response:
        return _refusal(error.status, error.message, error.details)

    @app.post("/__sandbox/invoices/{invoice_id}/lock")
    async def lock(invoice_id: str, body: Lock) -> Response:
        found = next((row for row in state.all("invoice") if row["invoice_id"] == invoice_id), None)
        if found is None:
            return admin.json({"detail": f"There is no invoice {invoice_id}."}, 404)
        return admin.json(state.put("invoice", found["key"], found | {"locked": body.locked}))

    @app.post("/__sandbox/look")
    async def look(body: Look) -> Response:
        return admin.json(state.put("look", "behaviour", body.model_dump()))

    app.include_router(admin.router(state, lambda: _effects(state)))

    @app.post("/api/v1/integrations/cloud/import-invoice")
    async def import_invoice(request: Request) -> Response:
        tenant = tenant_of(request.headers.get("Authorization", ""), settings)
        invoice = _invoice(await request.body())
        action, record = _import(state, tenant, invoice)
        answer = {"action": action, "invoice_id": record["invoice_id"]}
        return admin.json(answer, 201 if action == "created" else 200)

    @app.get("/api/v1/integrations/cloud/invoices")
    async def find(request: Request, source: str = "", external_id: str = "") -> Response:
        if (state.get("look", "behaviour") or {"exists": True})["exists"] is False:
            raise FinanceError(404, "Not Found")
        tenant = tenant_of(request.headers.get("Authorization", ""), settings)
        record = state.get("invoice", _key(tenant, source, external_id))
        names = ("invoice_id", "source", "external_id", "content_digest")
        return admin.json({"invoices": [{name: record[name] for name in names}] if record else []})

    return Vendor(NAME, app, state, _fault, finance_page(state))


def _invoice(body: bytes) -> ImportInvoice:
    try:
        return ImportInvoice.model_validate(decimal_json.loads(body))
    except ValidationError as error:
        details = [
            {"path": ".".join(map(str, each["loc"])), "message": each["msg"]}
            for each in error.errors(include_input=False, include_context=False)
        ]
        raise FinanceError(422, f"{details[0]['path']}: {details[0]['message']}", details) from error
    except ValueError as error:
        raise FinanceError(422, "body: is no JSON", [{"path": "body", "message": "is no JSON"}]) from error


def _import(state: SandboxState, tenant: str, invoice: ImportInvoice) -> tuple[str, Record]:
    key = _key(tenant, invoice.source, invoice.external_id)
    content, digest, before = invoice.content, invoice.digest, state.get("invoice", key)
    if before is None:
        record = {
            "key": key,
            "invoice_id": f"fin-{state.next_number('invoice')}",
            "tenant_id": tenant,
            "source": invoice.source,
            "external_id": invoice.external_id,
            "vendor": _vendor(state, tenant, invoice),
            "locked": False,
            "actions": ["created"],
            "refused": 0,
            "content_digest": digest,
            "content": content,
        }
        return "created", state.put("invoice", key, record)
    if before["locked"]:
        if digest != before["content_digest"] and _money(content) != _money(before["content"]):
            raise _refused(state, before, "The invoice is locked, so its money was not changed.")
        return "unchanged", before
    if invoice.version < before["content"]["version"]:
        raise _refused(state, before, f"Finance has version {before['content']['version']} of this bill.")
    written = {"content": content, "content_digest": digest, "actions": [*before["actions"], "updated"]}
    return "updated", state.put("invoice", key, before | written)


def _refused(state: SandboxState, record: Record, message: str) -> FinanceError:
    """Return the refusal; the invoice counts it."""
    state.put("invoice", record["key"], record | {"refused": record["refused"] + 1})
    return FinanceError(409, message)


def _vendor(state: SandboxState, tenant: str, invoice: ImportInvoice) -> str:
    """Return the name of the tenant's vendor, which is made when it is new."""
    key = f"{tenant}/{invoice.vendor.name.lower()}"
    found = state.get("vendor", key) or state.put("vendor", key, {"tenant_id": tenant, **invoice.vendor.model_dump()})
    return str(found["name"])


def _money(content: Record) -> tuple[Any, ...]:
    return tuple(content[name] for name in ("currency", "amount_net_minor", "amount_tax_minor"))


def _key(tenant: str, source: str, external_id: str) -> str:
    return decimal_json.dumps([tenant, source, external_id])


def _effects(state: SandboxState) -> list[dict[str, Any]]:
    invoices = [admin.effect("invoice", row["invoice_id"], deleted=False, record=row) for row in state.all("invoice")]
    vendors = [admin.effect("vendor", row["name"], deleted=False, record=row) for row in state.all("vendor")]
    return [*invoices, *vendors]


def _fault(status: int, message: str) -> Response:
    return _refusal(status, message, None)


def _refusal(status: int, message: str, details: list[dict[str, str]] | None) -> Response:
    error: dict[str, Any] = {"message": message}
    if details is not None:
        error["details"] = details
    return admin.json({"data": None, "error": error}, status)
