"""Acts that wait for a signature, and a stand-in for the workflow that fetches from Didox what is signed."""

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from models.invoice.commands import Deliver
from models.invoice.effects import EffectName
from models.invoice.invoice import Invoice
from models.invoice.signing.ports import ToSign, ToSignRequest
from models.invoice.signing.tables import DocumentToSign
from tests.fixtures.invoices import approved, completed, execute
from tests.http.callers import draft_of
from workflows.client.errors import RequestFailed

TIN = "309630523"
CONTENT = '{"actdoc":{"actno":"ACT-7"},"buyername":"Ромашка"}'.encode()


@dataclass
class Didox:
    """It stores the bytes of an act as the activity does, or fails. `content` is what it has for each act."""

    engine: AsyncEngine
    content: bytes = CONTENT
    failure: RequestFailed | None = None
    asked: list[ToSignRequest] = field(default_factory=list)

    async def fetch(self, _: None, request: ToSignRequest, *_timeout: timedelta) -> ToSign:
        self.asked.append(request)
        if self.failure:
            raise self.failure
        found = ToSign(sha256=hashlib.sha256(self.content).hexdigest(), size=len(self.content), seller_tin=TIN)
        row = {
            "document_id": request.document_id,
            "action": request.action.value,
            "sha256": found.sha256,
            "invoice_id": request.invoice_id,
            "seller_tin": TIN,
            "content": self.content,
        }
        async with self.engine.begin() as connection:
            await connection.execute(insert(DocumentToSign).values(row).on_conflict_do_nothing())
        return found


def waiting_act(key: str) -> Invoice:
    """Return an invoice whose act waits in Didox for our signature."""
    delivered = execute(approved(draft_of(key)), Deliver(by="marat"))
    return completed(delivered, EffectName.EINVOICE, vendor_id=f"act-{key}")
