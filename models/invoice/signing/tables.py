"""The database tables of signatures: the bytes that were given to a signer, and the signatures that came back."""

from datetime import datetime
from typing import ClassVar

from sqlalchemy import LargeBinary, Text
from sqlmodel import Field, SQLModel

from models.values.columns import MOMENT, database_now


class DocumentToSign(SQLModel, table=True):
    """The exact bytes that were fetched for a signature. A row never changes."""

    __tablename__: ClassVar[str] = "documents_to_sign"

    document_id: str = Field(primary_key=True, sa_type=Text, description="in Didox")
    action: str = Field(primary_key=True, sa_type=Text)
    sha256: str = Field(primary_key=True, sa_type=Text)
    invoice_id: str = Field(sa_type=Text, index=True)
    seller_tin: str = Field(sa_type=Text)
    content: bytes = Field(sa_type=LargeBinary)
    fetched_at: datetime = database_now()


class StoredSignature(SQLModel, table=True):
    """A signature (PKCS#7 with the signed bytes) and the certificate that it was made with. A row never changes."""

    __tablename__: ClassVar[str] = "signatures"

    sha256: str = Field(primary_key=True, sa_type=Text, description="of the PKCS#7 message")
    invoice_id: str = Field(sa_type=Text, index=True)
    document_id: str = Field(sa_type=Text)
    action: str = Field(sa_type=Text)
    document_sha256: str = Field(sa_type=Text, description="of the bytes that were signed")
    pkcs7: str = Field(sa_type=Text, description="base64")
    signature_hex: str = Field(sa_type=Text)
    certificate_serial: str = Field(sa_type=Text)
    certificate_tin: str = Field(sa_type=Text)
    certificate_holder: str = Field(sa_type=Text)
    valid_from: datetime = Field(sa_type=MOMENT)
    valid_to: datetime = Field(sa_type=MOMENT)
    by: str = Field(sa_type=Text)
    created_at: datetime = database_now()
