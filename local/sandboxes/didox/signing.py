"""Signatures in the Didox sandbox: timestamp, sending, and the signed cancellation of an act that was sent.

A signature is checked for its bytes, for the TIN and for the validity of its certificate, as Didox and the tax side do.
"""

import base64
from datetime import datetime
from typing import Any, Literal, Protocol

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import Response

from activities.clients import decimal_json
from activities.clients.didox.signing import signed_bytes
from activities.clients.pkcs7 import NotASignature, SignedMessage, read_signature
from local.sandboxes import admin
from local.sandboxes.didox.act import CANCELLED, DRAFT, SENT, codes_of
from local.sandboxes.didox.bodies import body_of, error_body
from local.sandboxes.didox.login import DidoxError
from local.sandboxes.state import Record

NO_SIGNATURE = {"signature": ["Поле signature обязательно для заполнения."]}


class SigningBehaviour(BaseModel):
    """How signatures are taken. A test or a person may change it."""

    offer_signed: bool = True
    account_enabled: bool = True
    may_sign: bool = True
    tax_side_down: bool = False
    save_fails: bool = False
    refuses_content: str | None = None
    warning: str | None = None
    to_sign: Literal["object", "base64", "nothing"] = "object"


class SignableDocuments(Protocol):
    """The documents of the sandbox, as far as signatures need them."""

    def behaviour(self) -> SigningBehaviour: ...

    def now(self) -> datetime: ...

    def find(self, document_id: str) -> Record: ...

    def move(self, document_id: str, before: int, after: int, **changes: Any) -> Record: ...

    def is_favourite(self, code: str) -> bool: ...


class Signing:
    """The signatures of the company's documents."""

    def __init__(self, documents: SignableDocuments, seller_tin: str) -> None:
        self._documents = documents
        self._seller_tin = seller_tin

    def timestamp(self, pkcs7: object, signature_hex: object) -> Record:
        """Return the signature with a timestamp, which `sign` and `delete` take."""
        if not isinstance(pkcs7, str) or not isinstance(signature_hex, str) or not signature_hex:
            raise DidoxError(422, {"pkcs7": ["Поле pkcs7 обязательно для заполнения."]})
        try:
            read_signature(pkcs7)
        except NotASignature as error:
            raise DidoxError(422, {"success": "false", "reason": f"Неверный PKCS7: {error}"}) from error
        token = decimal_json.dumps({"pkcs7": pkcs7, "time": self._documents.now().isoformat()})
        return {
            "timeStampTokenB64": base64.b64encode(token.encode()).decode(),
            "success": True,
            "isAttachedPkcs7": True,
        }

    def send(self, document_id: str, signature: object) -> Record:
        """Send the act, if the signature is that of the company over its content; return the answer."""
        signed = self._signed(signature)
        act = self._documents.find(document_id)
        self._require_willing()
        self._require_ours(signed, signed_bytes(act["json"]))
        for code in codes_of(act):
            if not self._documents.is_favourite(code):
                raise DidoxError(422, error_body(f"Ошибка валидации: ИКПУ {code} не найден в избранном"))
        self._documents.move(document_id, DRAFT, SENT, signature=signature, signs=act.get("signs", 0) + 1)
        return self._answer()

    def to_sign(self, document_id: str, action: object) -> Record:
        """Return what is signed to cancel an act that was sent: an object, a ready base64 text, or nothing."""
        if action not in ("cancel", "reject"):
            raise DidoxError(422, error_body("Unsupported action"))
        act = self._documents.find(document_id)
        if action != "cancel" or act["status"] != SENT:
            raise DidoxError(422, error_body("Not supported operation"))
        content = self._cancellation(act)
        match self._documents.behaviour().to_sign:
            case "base64":
                return {"data": base64.b64encode(signed_bytes(content)).decode()}
            case "nothing":
                return {"data": None}
            case _:
                return {"data": content}

    def cancel(self, document_id: str, signature: object) -> Record:
        """Cancel an act that was sent, if the signature is that of the company over the cancellation."""
        signed = self._signed(signature)
        act = self._documents.find(document_id)
        self._require_willing()
        self._require_ours(signed, signed_bytes(self._cancellation(act)))
        self._documents.move(document_id, SENT, CANCELLED, cancels=act.get("cancels", 0) + 1)
        return self._answer()

    def _cancellation(self, act: Record) -> Record:
        return {"action": "cancel", "documentid": act["_id"], "tin": self._seller_tin}

    @staticmethod
    def _signed(signature: object) -> SignedMessage:
        if not isinstance(signature, str) or not signature:
            raise DidoxError(422, NO_SIGNATURE)
        try:
            token: dict[str, str] = decimal_json.loads(base64.b64decode(signature, validate=True))
            return read_signature(token["pkcs7"])
        except (ValueError, KeyError, TypeError) as error:
            raise DidoxError(422, error_body("Ошибка валидации: подпись не содержит штамп времени")) from error

    def _require_willing(self) -> None:
        """Raise the refusals that do not depend on the signature."""
        behaviour = self._documents.behaviour()
        if not behaviour.offer_signed:
            offer = {"status": "error", "message": "Оферта не подписана", "context": {"offer": "required"}}
            raise DidoxError(422, {"data": offer})
        if not behaviour.account_enabled:
            raise DidoxError(422, error_body("User status disabled"))
        if not behaviour.may_sign:
            raise DidoxError(403, {"data": {"status": "error", "message": "Нет прав", "context": None}})
        if behaviour.tax_side_down:
            raise DidoxError(503, {**error_body("Сервис налоговой недоступен"), "errorDetails": {}})
        if behaviour.save_fails:
            raise DidoxError(422, error_body("Ошибка обновления в базе"))
        if behaviour.refuses_content:
            raise DidoxError(422, error_body(f"Ошибка валидации: {behaviour.refuses_content}"))

    def _require_ours(self, signed: SignedMessage, content: bytes) -> None:
        certificate = signed.certificate
        if certificate.tin != self._seller_tin:
            raise DidoxError(422, error_body("Ошибка валидации: ИНН подписи не совпадает с ИНН продавца"))
        if certificate.valid_to < self._documents.now():
            raise DidoxError(422, error_body("Ошибка валидации: срок действия сертификата истёк"))
        if signed.content != content:
            raise DidoxError(422, error_body("Ошибка валидации: подписано другое содержимое"))

    def _answer(self) -> Record:
        warning = self._documents.behaviour().warning
        details = {"id": "trace-1", "title": "warnings", "message": warning, "description": None}
        return {"data": True, "warningDetails": details if warning else None}


def router(signing: Signing) -> APIRouter:
    """Return the routes of signatures."""
    routes = APIRouter()

    @routes.post("/v1/dsvs/timestamp")
    async def timestamp(request: Request) -> Response:
        body = await body_of(request)
        return admin.json(signing.timestamp(body.get("pkcs7"), body.get("signatureHex")))

    @routes.post("/v1/documents/{document_id}/sign")
    async def sign(document_id: str, request: Request) -> Response:
        return admin.json(signing.send(document_id, (await body_of(request)).get("signature")))

    @routes.post("/v1/documents/{document_id}/tosign")
    async def to_sign(document_id: str, request: Request) -> Response:
        return admin.json(signing.to_sign(document_id, (await body_of(request)).get("action")))

    @routes.post("/v1/documents/{document_id}/delete")
    async def cancel(document_id: str, request: Request) -> Response:
        body: dict[str, Any] = await body_of(request)
        return admin.json(signing.cancel(document_id, body.get("signature") or body.get("pkcs7")))

    return routes
