"""Aktum's API as `aktum sign` uses it: the queue, the bytes to sign, and the signatures."""

from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from operations.api.client import ApiClient, ApiRefused, ApiUnavailable

__all__ = ["ApiRefused", "ApiUnavailable", "Outcome", "Queued", "SigningApi", "ToSign"]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Queued(Part):
    """A document that waits for our signature."""

    invoice_id: str
    display_number: str | None
    customer_name: str
    total_amount: str
    currency: str
    action: str
    seller_tin: str

    @property
    def name(self) -> str:
        return self.display_number or self.invoice_id


class ToSign(Part):
    """The bytes to sign, in base64."""

    action: str
    seller_tin: str
    sha256: str
    content: str


@dataclass(frozen=True)
class Outcome:
    """What Didox has done with a signature, as the invoice's effect tells."""

    state: str
    error: str | None = None


class SigningApi(ApiClient):
    """The queue of what waits for our signature."""

    async def queue(self) -> list[Queued]:
        """Return all documents that wait for our signature, the oldest first."""
        found: list[Queued] = []
        page = 1
        while True:
            answer = await self._ask("GET", "/signing-queue", params={"page": page, "per_page": 100})
            found += [Queued.model_validate(row) for row in answer["data"]]
            if len(found) >= answer["meta"]["total"] or not answer["data"]:
                return found
            page += 1

    async def to_sign(self, invoice_id: str) -> ToSign:
        """Return the bytes that Didox wants to be signed."""
        return ToSign.model_validate((await self._ask("GET", f"/invoices/{invoice_id}/document-to-sign"))["data"])

    async def submit(self, invoice_id: str, given: ToSign, pkcs7: str, signature_hex: str) -> Outcome:
        """Send a signature and return what became of it. A lost answer is asked for again with the same key."""
        body = {"sha256": given.sha256, "pkcs7": pkcs7, "signature_hex": signature_hex}
        headers = {"Idempotency-Key": f"sign-{given.sha256[:40]}-{signature_hex[:40]}"}
        answer = await self._ask("POST", f"/invoices/{invoice_id}/signatures", json=body, headers=headers)
        name = "einvoice_cancel" if given.action == "cancel" else "einvoice_send"
        effects = [effect for effect in answer["data"]["effects"] if effect["name"] == name]
        return Outcome(effects[-1]["state"], effects[-1]["error"])
