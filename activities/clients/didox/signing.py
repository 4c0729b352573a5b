"""Signatures in Didox: the bytes that a person signs, the timestamp, the sending and the signed cancellation.

Signing is sending. See docs/specification/effects.md 5.6 and 5.13.
"""

import base64
import binascii
from typing import Any

from pydantic import Field

from activities.clients import decimal_json
from activities.clients.didox.client import VENDOR, Didox, DocumentState, Row
from activities.clients.errors import Ambiguous, Permanent

OWN = {"owner": 1}  # the value must be 1: for "true" Didox answers 500
# What Didox writes when it refuses a signature, and what a bookkeeper does then.
ADVICE = (
    ("оферта не подписана", "The company's public offer is not signed in Didox. Sign it there once, then retry."),
    ("user status disabled", "The company's account in Didox is switched off. Ask Didox to enable it, then retry."),
    (
        "ошибка валидации",
        "Didox refuses the content of the act. Often a product code is not among the company's favourites, or the "
        "client's TIN is unknown to the registry. Correct that and retry, or reopen the invoice and deliver it again.",
    ),
)
NO_RIGHT = "The login has no right to sign acts in Didox (roles 41 and 42). Give it the right there, then retry."
SAVE_FAILED = "ошибка обновления в базе"


class ActToSign(Row):
    """A document with its status and the bytes of its content."""

    state: DocumentState
    content: bytes


class Detail(Row):
    class Data(Row):
        document: DocumentState
        content: dict[str, Any] = Field(validation_alias="json")

    data: Data


class Timestamp(Row):
    token: str = Field(default="", validation_alias="timeStampTokenB64")
    success: bool = False


class Warnings(Row):
    title: str | None = None
    message: str | None = None
    description: str | None = None

    @property
    def text(self) -> str:
        return ": ".join(part for part in (self.message, self.description) if part) or self.title or "a warning"


class Answer(Row):
    """The answer to a signature. `warning` is what the tax side has noted."""

    data: bool
    warning: Warnings | None = Field(default=None, validation_alias="warningDetails")


class ActSigning:
    """The signatures of one seller's documents. Every method raises the errors of `activities/clients/errors.py`."""

    def __init__(self, didox: Didox) -> None:
        self._didox = didox
        self.seller_tin = didox.seller_tin

    async def read(self, document_id: str) -> ActToSign:
        """Return a document with the bytes that a signature of it covers. Raises NotFound if it does not exist."""
        answer = await self._didox.request("GET", f"/v1/documents/{document_id}", changes=False, params=OWN)
        detail = answer.read(Detail, answer.json()).data
        state = detail.document.model_copy(update={"id": detail.document.id.lower()})
        return ActToSign(state=state, content=signed_bytes(detail.content))

    async def to_cancel(self, document_id: str) -> bytes:
        """Return the bytes whose signature cancels a document that was sent."""
        body = {"action": "cancel"}
        answer = await self._didox.request("POST", f"/v1/documents/{document_id}/tosign", changes=False, body=body)
        given = answer.json()
        return _to_sign(given.get("data") if isinstance(given, dict) else None)

    async def timestamp(self, pkcs7: str, signature_hex: str) -> str:
        """Return the signature with a timestamp, in base64. It changes no document."""
        body = {"pkcs7": pkcs7, "signatureHex": signature_hex}
        answer = await self._didox.request("POST", "/v1/dsvs/timestamp", changes=False, body=body)
        given = answer.json()
        timestamp = answer.read(Timestamp, given)
        if not timestamp.success or not timestamp.token:
            reason = str(given.get("reason") or given.get("error") or "no reason was given")
            raise Permanent(f"{VENDOR} adds no timestamp to the signature", vendor_message=reason)
        return timestamp.token

    async def send(self, document_id: str, token: str) -> str | None:
        """Send the document with the signature; return the warning of the tax side, if there is one."""
        return await self._sign(f"/v1/documents/{document_id}/sign", token)

    async def cancel(self, document_id: str, token: str) -> str | None:
        """Cancel a document that was sent; return the warning of the tax side, if there is one."""
        return await self._sign(f"/v1/documents/{document_id}/delete", token)

    async def _sign(self, path: str, token: str) -> str | None:
        try:
            response = await self._didox.request("POST", path, changes=True, body={"signature": token})
        except Permanent as refusal:
            explained = _explained(refusal)
            if explained is None:
                raise
            raise explained from refusal
        answer = response.read(Answer, response.json())
        if not answer.data:
            raise response.unclear("it does not confirm the signature")
        return answer.warning.text if answer.warning else None


def signed_bytes(content: object) -> bytes:
    """Return the bytes that are signed: the JSON as it was received, with its order and its numbers, without blanks."""
    return decimal_json.dumps(content).encode()


def _to_sign(data: object) -> bytes:
    """Return the bytes to sign from an answer of `tosign`: an object, or a text that is base64 already."""
    match data:
        case dict() if data:
            return signed_bytes(data)
        case str() if data:
            try:
                return base64.b64decode(data, validate=True)
            except binascii.Error:
                return data.encode()
        case _:
            message = "Didox gives nothing to sign for the cancellation of this act."
            raise Permanent(message, vendor_message=message)


def _explained(refusal: Permanent) -> Permanent | Ambiguous | None:
    """Return the refusal with what a bookkeeper can do about it; Ambiguous if Didox failed to save; else None."""
    reason = refusal.vendor_message.lower()
    if SAVE_FAILED in reason:
        return Ambiguous(f"{VENDOR} could not save the signature ({refusal.vendor_message})")
    advice = next((advice for words, advice in ADVICE if words in reason), None)
    if advice is None and refusal.status == 403:
        advice = NO_RIGHT
    if advice is None:
        return None
    return type(refusal)(f"{advice} {VENDOR} says", vendor_message=refusal.vendor_message, status=refusal.status)
