"""Acts that are signed in tests: a draft with its stored signature, and counts of what Didox has executed."""

from dataclasses import dataclass

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.testing import ActivityEnvironment

from activities.delivery.einvoice import EInvoice
from activities.delivery.einvoice_signing import EInvoiceSigning
from activities.documents.store import DocumentStore
from local.sandboxes.signer.keys import Key
from models.invoice.effects import EffectName
from models.invoice.ports import EffectRequest
from models.invoice.signing.ports import ToSign, ToSignRequest
from models.invoice.signing.tables import DocumentToSign, StoredSignature
from models.invoice.signing.task import SigningAction
from tests.activities.delivery.einvoices import CANCEL, CREATE, drafted
from tests.fixtures.issued_invoices import Issued
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.signers import GOOD, signature_row

SEND = EffectName.EINVOICE_SEND


@dataclass
class Act:
    """An act in the sandbox, and what is asked about it."""

    issued: Issued
    document_id: str
    sandbox: Sandbox
    engine: AsyncEngine
    signing: EInvoiceSigning

    async def fetch(self, action: SigningAction = SigningAction.SEND) -> tuple[ToSign, bytes]:
        """Fetch what is signed; return the digest and the bytes that PostgreSQL has then."""
        request = ToSignRequest(
            invoice_id=self.issued.invoice_id,
            display_number=self.issued.number,
            action=action,
            document_id=self.document_id,
        )
        found = await ActivityEnvironment().run(self.signing.fetch, request)
        query = select(col(DocumentToSign.content)).where(col(DocumentToSign.sha256) == found.sha256)
        async with self.engine.connect() as connection:
            return found, bytes((await connection.execute(query)).scalar_one())

    async def signed(self, key: Key = GOOD, *, content: bytes | None = None, document_id: str | None = None) -> str:
        """Store a signature that sends the act, and return its digest."""
        given = content if content is not None else (await self.fetch())[1]
        return await self._store(key, given, SigningAction.SEND, document_id)

    async def signed_cancellation(self, key: Key = GOOD, *, content: bytes | None = None) -> str:
        """Store a signature that cancels the act, and return its digest."""
        given = content if content is not None else (await self.fetch(SigningAction.CANCEL))[1]
        return await self._store(key, given, SigningAction.CANCEL, None)

    async def _store(self, key: Key, content: bytes, action: SigningAction, document_id: str | None) -> str:
        row = signature_row(
            key,
            content,
            invoice_id=self.issued.invoice_id,
            document_id=document_id or self.document_id,
            action=action.value,
        )
        async with self.engine.begin() as connection:
            await connection.execute(insert(StoredSignature).values(row))
        return str(row["sha256"])

    def sending(self, signature: str, revision: int = 7) -> EffectRequest:
        return self.issued.request(SEND, revision, document_id=self.document_id, signature=signature)

    def cancelling(self, signature: str | None = None, **argument: str) -> EffectRequest:
        undo = self.issued.undoing(CANCEL, CREATE, vendor_id=self.document_id)
        more = {"signature": signature} if signature else {}
        return undo.model_copy(update={"argument": {**undo.argument, **more, **argument}})

    def record(self) -> dict[str, object]:
        """The document as the sandbox has it."""
        (found,) = [effect["record"] for effect in self.sandbox.all_effects() if effect["id"] == self.document_id]
        return dict(found)

    @property
    def status(self) -> object:
        return self.record()["status"]

    @property
    def signs(self) -> object:
        """How often a signature has sent the act."""
        return self.record().get("signs", 0)

    @property
    def cancels(self) -> object:
        """How often a signature has cancelled the act."""
        return self.record().get("cancels", 0)

    def requests(self, path: str) -> int:
        return sum(request["path"].endswith(path) for request in self.sandbox.requests())


async def drafted_act(
    einvoice: EInvoice, signing: EInvoiceSigning, store: DocumentStore, sandbox: Sandbox, engine: AsyncEngine
) -> Act:
    issued, document_id = await drafted(einvoice, store)
    return Act(issued, document_id, sandbox, engine, signing)
