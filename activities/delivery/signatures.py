"""The store of what is signed in PostgreSQL: the bytes that were given to a signer, and the signatures."""

import hashlib

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlmodel import col
from temporalio.exceptions import ApplicationError

from models.invoice.signing.ports import ToSign, ToSignRequest
from models.invoice.signing.tables import DocumentToSign, StoredSignature
from models.values.base_models import Frozen
from models.values.failure_codes import Failure


class Signature(Frozen):
    """A stored signature, with what it was made for and the certificate of the signer."""

    sha256: str
    document_id: str
    action: str
    document_sha256: str
    pkcs7: str
    signature_hex: str
    certificate_serial: str
    certificate_tin: str
    certificate_holder: str
    by: str

    @property
    def receipt(self) -> dict[str, str]:
        """Who has signed with which certificate, for the receipt of the effect."""
        return {
            "signed_by": self.by,
            "certificate_serial": self.certificate_serial,
            "certificate_tin": self.certificate_tin,
            "certificate_holder": self.certificate_holder,
        }


class Signatures:
    """Stores the bytes to sign and reads signatures. A row never changes."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def save_document(self, request: ToSignRequest, content: bytes, seller_tin: str) -> ToSign:
        """Store the bytes that a person is to sign; a repetition changes nothing."""
        given = ToSign(sha256=hashlib.sha256(content).hexdigest(), size=len(content), seller_tin=seller_tin)
        row = {
            "document_id": request.document_id,
            "action": request.action.value,
            "sha256": given.sha256,
            "invoice_id": request.invoice_id,
            "seller_tin": seller_tin,
            "content": content,
        }
        async with self._engine.begin() as connection:
            await connection.execute(insert(DocumentToSign).values(row).on_conflict_do_nothing())
        return given

    async def signature(self, sha256: str, invoice_id: str) -> Signature:
        """Return a signature of the invoice. Raises DOCUMENT_MISSING, after which the act is signed again."""
        table = StoredSignature.metadata.tables[StoredSignature.__tablename__]
        query = select(table).where(table.c.sha256 == sha256, col(StoredSignature.invoice_id) == invoice_id)
        async with self._engine.connect() as connection:
            row = (await connection.execute(query)).mappings().first()
        if row is None:
            raise ApplicationError(
                f"There is no stored signature {sha256[:12]}... of this invoice. Sign the act again.",
                type=Failure.DOCUMENT_MISSING,
                non_retryable=True,
            )
        return Signature.model_validate(dict(row))
