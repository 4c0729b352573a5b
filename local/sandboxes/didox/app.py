"""The Didox sandbox: acts (type 005) from draft to both signatures, as far as invoices need them.

It reproduces these peculiarities of Didox: ids change their case between answers, the list omits drafts unless their
status is requested, the list may lag behind, a repeated number is accepted, signing sends the document, and errors have
several formats.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from activities.clients import decimal_json
from local.sandboxes import admin
from local.sandboxes.didox.act import (
    DRAFT,
    DRAFT_DELETED,
    MOMENT,
    REJECTED,
    SENT,
    SIGNED,
    detail,
    document,
    list_row,
    lower_keys,
    validation_errors,
)
from local.sandboxes.didox.login import Authentication, DidoxError
from local.sandboxes.didox.page import didox_page
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import Record, SandboxState
from settings import DidoxSettings

NAME = "didox"
LISTED_BY_DEFAULT = {1, 2, 3, 4, 6, 8, 40}


class Behaviour(BaseModel):
    """The behaviour that a test may change. Omitted fields return to their defaults."""

    model_config = ConfigDict(extra="forbid")
    list_lag_seconds: int = Field(default=0, ge=0)
    offer_signed: bool = True


class Rejection(BaseModel):
    model_config = ConfigDict(extra="forbid")
    comment: str = Field(min_length=1)


def vendor(state_dir: Path, settings: DidoxSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    documents, authentication = Documents(state, settings.seller_tin), Authentication(state, settings)
    app = FastAPI(title="Didox sandbox", openapi_url=None)

    @app.exception_handler(DidoxError)
    async def refused(_: Request, refusal: DidoxError) -> Response:
        return admin.json(refusal.body, refusal.status)

    def effects() -> list[dict[str, Any]]:
        return [
            admin.effect("document", row["_id"], deleted=row["status"] == DRAFT_DELETED, record=row)
            for row in state.all("document")
        ]

    app.include_router(admin.router(state, effects))
    app.include_router(_controls(state, documents))
    app.include_router(_login(authentication), dependencies=[Depends(authentication.check_partner)])
    signed_in = [Depends(authentication.check_partner), Depends(authentication.check_user)]
    app.include_router(_document_routes(documents), dependencies=signed_in)
    page = didox_page(state, settings)
    return Vendor(NAME, app, state, lambda status, message: admin.json(_error(message), status), page)


def _error(message: str) -> dict[str, Any]:
    return {"data": {"status": "error", "message": message, "context": None}}


class Documents:
    """The documents and their changes of status."""

    def __init__(self, state: SandboxState, seller_tin: str) -> None:
        self._state = state
        self._seller_tin = seller_tin

    def behaviour(self) -> Behaviour:
        return Behaviour.model_validate(self._state.get("behaviour", "now") or {})

    def create(self, kind: str, body: Any) -> Record:
        if kind != "005":
            raise DidoxError(422, {"status": "error", "message": f"Unsupported document type {kind}", "context": []})
        act = lower_keys(body)
        if found := validation_errors(act if isinstance(act, dict) else {}):
            raise DidoxError(422, found)
        if act["sellertin"] != self._seller_tin:
            raise DidoxError(403, _error("Нет прав на создание документа за другую компанию"))
        row = document(self._state.count("document") + 1, act, self._moment())
        return self._state.put("document", row["_id"], row)

    def find(self, document_id: str) -> Record:
        row = self._state.get("document", document_id.lower())
        if row is None:
            raise DidoxError(404, {"success": "false", "reason": "Документ не найден"})
        return row

    def move(self, document_id: str, before: int, after: int, **changes: Any) -> Record:
        row = self.find(document_id)
        if row["status"] != before:
            raise DidoxError(422, _error(f"Действие невозможно в статусе {row['status']}"))
        moved = {**row, **changes, "status": after, "updated": self._moment()}
        return self._state.put("document", row["_id"], moved)

    def sign(self, document_id: str, signature: object) -> None:
        if not isinstance(signature, str) or not signature:
            raise DidoxError(422, {"signature": ["Поле signature обязательно для заполнения."]})
        if not self.behaviour().offer_signed:
            error = {"status": "error", "message": "Оферта не подписана", "context": {"offer": "required"}}
            raise DidoxError(422, {"data": error})
        self.move(document_id, DRAFT, SENT, signature=signature)

    def search(self, query: dict[str, str]) -> list[Record]:
        wanted = {int(code) for code in query["status"].split(",")} if query.get("status") else LISTED_BY_DEFAULT
        seen_until = self._state.now() - timedelta(seconds=self.behaviour().list_lag_seconds)
        rows = [row for row in self._state.all("document") if _moment(row["created"]) <= seen_until]
        found = [list_row(row) for row in reversed(rows) if row["status"] in wanted]
        tests: dict[str, Callable[[Record, str], bool]] = {
            "owner": lambda row, value: str(row["owner"]) == value,
            "doctype": lambda row, value: row["doctype"] in value.split(","),
            "partner": lambda row, value: row["partnerTin"] == value,
            "name": lambda row, value: value.lower() in row["name"].lower(),
            "dateFromUpdated": lambda row, value: row["updated"][:10] >= value,
            "dateToUpdated": lambda row, value: row["updated"][:10] <= value,
        }
        for name, test in tests.items():
            if query.get(name):
                found = [row for row in found if test(row, query[name])]
        return found

    def _moment(self) -> str:
        return self._state.now().strftime(MOMENT)


def _moment(text: str) -> datetime:
    return datetime.strptime(text, MOMENT).replace(tzinfo=UTC)


def _login(authentication: Authentication) -> APIRouter:
    router = APIRouter(prefix="/v1/auth")

    @router.post("/{tin}/password")
    @router.post("/{tin}/password/{locale}")
    async def log_in(tin: str, request: Request) -> Response:
        return admin.json(authentication.log_in(tin, (await _body(request)).get("password")))

    return router


def _document_routes(documents: Documents) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/documents/{kind}/create")
    @router.post("/v1/documents/{kind}/create/{locale}")
    async def create(kind: str, request: Request) -> Response:
        row = documents.create(kind, await _body(request))
        return admin.json(
            {"pending_document": {"document_json": row["json"]}, "_id": row["_id"], "created_date": row["created"]}
        )

    @router.get("/v2/documents")
    async def listed(request: Request) -> Response:
        query = dict(request.query_params)
        missing = {
            name: [f"Поле {name} обязательно для заполнения."]
            for name in ("page", "limit")
            if not query.get(name, "").isdecimal()
            or int(query[name]) < 1
            or (name == "limit" and int(query[name]) > 100)
        }
        if missing:
            raise DidoxError(422, missing)
        page, limit = int(query["page"]), int(query["limit"])
        found = documents.search(query)
        more = f"/v2/documents?page={page + 1}&limit={limit}" if page * limit < len(found) else None
        rows = found[(page - 1) * limit : page * limit]
        return admin.json({"data": rows, "total": len(found), "next_page_url": more, "source": "search"})

    @router.get("/v1/documents/{document_id}")
    async def read(document_id: str, owner: str = "1") -> Response:
        if owner not in ("0", "1"):
            return Response(status_code=500)
        return admin.json(detail(documents.find(document_id)))

    @router.post("/v1/documents/{document_id}/delete/draft")
    async def delete_draft(document_id: str) -> Response:
        documents.move(document_id, DRAFT, DRAFT_DELETED)
        return admin.json({"data": True})

    @router.post("/v1/documents/{document_id}/sign")
    async def sign(document_id: str, request: Request) -> Response:
        documents.sign(document_id, (await _body(request)).get("signature"))
        return admin.json({"data": True, "warningDetails": None})

    return router


def _controls(state: SandboxState, documents: Documents) -> APIRouter:
    """Return the actions of people in Didox: the signature of our signer, and the answer of the partner."""
    router = APIRouter(prefix="/__sandbox")

    @router.post("/behaviour")
    async def behave(behaviour: Behaviour) -> Response:
        return admin.json(state.put("behaviour", "now", behaviour.model_dump()))

    @router.post("/{document_id}/sign")
    async def sign(document_id: str) -> Response:
        documents.sign(document_id, "signed-by-a-person")
        return admin.json(detail(documents.find(document_id)))

    @router.post("/{document_id}/partner-sign")
    async def partner_sign(document_id: str) -> Response:
        return admin.json(detail(documents.move(document_id, SENT, SIGNED)))

    @router.post("/{document_id}/partner-reject")
    async def partner_reject(document_id: str, rejection: Rejection) -> Response:
        return admin.json(detail(documents.move(document_id, SENT, REJECTED, status_comment=rejection.comment)))

    return router


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = decimal_json.loads(await request.body())
    except ValueError as error:
        raise DidoxError(422, {"status": "error", "message": "Syntax error", "context": []}) from error
    return body if isinstance(body, dict) else {}
