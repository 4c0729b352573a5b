"""The Didox sandbox: acts (type 005) from draft to both signatures, as far as invoices need them.

It reproduces these peculiarities of Didox: ids change their case between answers, the list omits drafts unless their
status is requested, the list may lag behind, a repeated number is accepted, signing sends the document, and errors have
several formats.
"""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from starlette.responses import Response

from local.sandboxes import admin
from local.sandboxes.didox import lists, signing
from local.sandboxes.didox.act import (
    CANCELLED,
    DRAFT,
    DRAFT_DELETED,
    IKPU,
    MOMENT,
    REJECTED,
    SENT,
    SIGNED,
    detail,
    document,
    lower_keys,
    sample_act,
    validation_errors,
)
from local.sandboxes.didox.bodies import body_of, error_body
from local.sandboxes.didox.controls import Behaviour, Ending, FavouriteCode, Rejection, SentActs
from local.sandboxes.didox.free_pdf import errors, file_of, free_pdf
from local.sandboxes.didox.login import Authentication, DidoxError
from local.sandboxes.didox.page import didox_page
from local.sandboxes.didox.signing import Signing
from local.sandboxes.fault_injection import Vendor
from local.sandboxes.state import Record, SandboxState
from settings import DidoxSettings

NAME = "didox"


def vendor(state_dir: Path, settings: DidoxSettings) -> Vendor:
    state = SandboxState(state_dir / f"{NAME}.sqlite3")
    documents, authentication = Documents(state, settings.seller_tin), Authentication(state, settings)
    app = FastAPI(title="Didox sandbox", openapi_url=None)

    @app.exception_handler(DidoxError)
    async def refused(_: Request, refusal: DidoxError) -> Response:
        return admin.json(refusal.body, refusal.status)

    def effects() -> list[dict[str, Any]]:
        return [
            admin.effect("document", row["_id"], deleted=row["status"] in (DRAFT_DELETED, CANCELLED), record=row)
            for row in state.all("document")
        ]

    app.include_router(admin.router(state, effects))
    app.include_router(_controls(state, documents))
    app.include_router(_login(authentication), dependencies=[Depends(authentication.check_partner)])
    signed_in = [Depends(authentication.check_partner), Depends(authentication.check_user)]
    app.include_router(_document_routes(documents), dependencies=signed_in)
    app.include_router(signing.router(Signing(documents, settings.seller_tin)), dependencies=signed_in)
    page = didox_page(state, settings)
    return Vendor(NAME, app, state, lambda status, message: admin.json(error_body(message), status), page)


class Documents:
    """The documents and their changes of status."""

    def __init__(self, state: SandboxState, seller_tin: str) -> None:
        self._state = state
        self._seller_tin = seller_tin

    def behaviour(self) -> Behaviour:
        return Behaviour.model_validate(self._state.get("behaviour", "now") or {})

    def create(self, kind: str, body: Any) -> Record:
        if kind == "000":
            return self._create_pdf(lower_keys(body))
        if kind != "005":
            raise DidoxError(422, {"status": "error", "message": f"Unsupported document type {kind}", "context": []})
        act = lower_keys(body)
        if found := validation_errors(act if isinstance(act, dict) else {}):
            raise DidoxError(422, found)
        if act["sellertin"] != self._seller_tin:
            raise DidoxError(403, error_body("Нет прав на создание документа за другую компанию"))
        row = document(self._state.next_number("document"), act, self._moment())
        return self._state.put("document", row["_id"], row)

    def _create_pdf(self, body: dict[str, Any]) -> Record:
        pdf = file_of(body)
        if pdf is None:
            raise DidoxError(422, {"status": "error", "message": "Файл не является PDF", "context": []})
        if found := errors(body):
            raise DidoxError(422, found)
        if body["data"]["sellertin"] != self._seller_tin:
            raise DidoxError(403, error_body("Нет прав на создание документа за другую компанию"))
        row = free_pdf(self._state.next_number("document"), body, pdf, self._moment())
        return self._state.put("document", row["_id"], row)

    def create_sent(self, acts: SentActs) -> None:
        """Create acts with the seller's TIN that are sent already."""
        moment = (self._state.now() - timedelta(days=acts.days_old)).strftime(MOMENT)
        with self._state.transaction():
            first = self._state.next_number("document", acts.count)
            for n in range(first, first + acts.count):
                row = document(n, sample_act(f"SAMPLE-{n}", self._seller_tin), moment)
                self._state.put("document", row["_id"], {**row, "status": SENT, "signature": "sample"})

    def find(self, document_id: str) -> Record:
        row = self._state.get("document", document_id.lower())
        if row is None:
            raise DidoxError(404, {"success": "false", "reason": "Документ не найден"})
        return row

    def move(self, document_id: str, before: int, after: int, **changes: Any) -> Record:
        row = self.find(document_id)
        if row["status"] != before:
            raise DidoxError(422, error_body(f"Действие невозможно в статусе {row['status']}"))
        return self._changed(row, status=after, **changes)

    def end(self, document_id: str, ending: Ending) -> Record:
        """Let the tax side or the sender end a document that was sent, in any status."""
        row = self.find(document_id)
        if row["status"] in (DRAFT, DRAFT_DELETED):
            raise DidoxError(422, error_body(f"Действие невозможно в статусе {row['status']}"))
        return self._changed(row, status=ending.status, status_comment=ending.comment)

    def _changed(self, row: Record, **changes: Any) -> Record:
        return self._state.put("document", row["_id"], lists.changed(row, self._moment(), **changes))

    def is_favourite(self, code: str) -> bool:
        return self._state.get("favourite", code) is not None

    def add_favourite(self, code: object) -> None:
        if not isinstance(code, str) or not IKPU.fullmatch(code):
            raise DidoxError(422, {"classCode": ["Поле classCode заполнено неверно."]})
        self._state.put("favourite", code, {"classCode": code})

    def search(self, query: dict[str, str]) -> list[Record]:
        return lists.search(self._state, query, timedelta(seconds=self.behaviour().list_lag_seconds))

    def now(self) -> datetime:
        return self._state.now()

    def _moment(self) -> str:
        return self.now().strftime(MOMENT)


def _login(authentication: Authentication) -> APIRouter:
    router = APIRouter(prefix="/v1/auth")

    @router.post("/{tin}/password")
    @router.post("/{tin}/password/{locale}")
    async def log_in(tin: str, request: Request) -> Response:
        return admin.json(authentication.log_in(tin, (await body_of(request)).get("password")))

    return router


def _document_routes(documents: Documents) -> APIRouter:
    router = APIRouter()

    @router.post("/v1/documents/{kind}/create")
    @router.post("/v1/documents/{kind}/create/{locale}")
    async def create(kind: str, request: Request) -> Response:
        row = documents.create(kind, await body_of(request))
        made = {"document_json": row["json"]}
        shown = made if kind == "000" else {"pending_document": made}
        return admin.json({**shown, "_id": row["_id"], "created_date": row["created"]})

    @router.get("/v1/profile/{tin}/productClasses/check/{code}/{language}")
    async def check_favourite(code: str) -> Response:
        return admin.json([{"code": code, "name": "Услуги"}] if documents.is_favourite(code) else [])

    @router.post("/v1/profile/productClasses")
    async def add_favourite(request: Request) -> Response:
        documents.add_favourite((await body_of(request)).get("classCode"))
        return admin.json({"success": True})

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

    return router


def _controls(state: SandboxState, documents: Documents) -> APIRouter:
    """Return the actions of people in Didox: the signature of our signer, and the answer of the partner."""
    router = APIRouter(prefix="/__sandbox")

    @router.post("/behaviour")
    async def behave(behaviour: Behaviour) -> Response:
        return admin.json(state.put("behaviour", "now", behaviour.model_dump()))

    @router.post("/{document_id}/sign")
    async def sign(document_id: str) -> Response:
        return admin.json(detail(documents.move(document_id, DRAFT, SENT, signature="signed-by-a-person")))

    @router.post("/{document_id}/partner-sign")
    async def partner_sign(document_id: str) -> Response:
        return admin.json(detail(documents.move(document_id, SENT, SIGNED)))

    @router.post("/{document_id}/partner-reject")
    async def partner_reject(document_id: str, rejection: Rejection) -> Response:
        return admin.json(detail(documents.move(document_id, SENT, REJECTED, status_comment=rejection.comment)))

    @router.post("/favourites")
    async def add_favourite(favourite: FavouriteCode) -> Response:
        documents.add_favourite(favourite.code)
        return admin.json({"added": favourite.code})

    @router.post("/sent-acts")
    async def create_sent(acts: SentActs) -> Response:
        documents.create_sent(acts)
        return admin.json({"created": acts.count})

    @router.post("/{document_id}/annul")
    async def annul(document_id: str, ending: Ending) -> Response:
        return admin.json(detail(documents.end(document_id, ending)))

    return router
