"""Bodies and answers of the routes of signatures."""

from datetime import datetime
from typing import Self

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import RowMapping

from api.http.number_formats import Money
from models.invoice.signing.task import SigningAction
from models.values.base_models import Strict

# An act is some kilobytes, and its signature a little more; certificates of a chain belong to it.
LONGEST_SIGNATURE = 1_000_000


class QueuedDocument(BaseModel):
    """A document in Didox that waits for our signature."""

    invoice_id: str
    display_number: str | None
    customer_name: str
    total_amount: Money
    currency: str
    action: SigningAction = Field(description="`send` sends the act to the client, `cancel` cancels a sent one")
    document_id: str = Field(description="in Didox")
    seller_tin: str = Field(description="the certificate must have this TIN")

    @classmethod
    def of(cls, row: RowMapping, seller_tin: str) -> Self:
        return cls(
            invoice_id=row["id"],
            display_number=row["number"],
            customer_name=row["customer_name"],
            total_amount=row["total_amount"],
            currency=row["currency"],
            action=SigningAction(row["signing_action"]),
            document_id=row["signing_document_id"],
            seller_tin=seller_tin,
        )


class DocumentToSignView(BaseModel):
    """What a person signs: exactly these bytes, as an attached PKCS#7 signature."""

    invoice_id: str
    display_number: str
    action: SigningAction
    document_id: str = Field(description="in Didox")
    seller_tin: str = Field(description="the certificate must have this TIN")
    sha256: str = Field(description="of the bytes; the signature names it")
    content: str = Field(description="the bytes, in base64")
    fetched_at: datetime


class SignatureBody(Strict):
    """A signature of `document-to-sign`, as E-IMZO has made it (`create_pkcs7`, attached)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"sha256": "9f2c" * 16, "pkcs7": "MIIEtQYJKoZIhvcNAQcCoIIEpjCCBKICAQEx", "signature_hex": "0a1b"}
            ]
        }
    )

    sha256: str = Field(min_length=64, max_length=64, description="of the bytes that were signed")
    pkcs7: str = Field(
        min_length=1,
        max_length=LONGEST_SIGNATURE,
        pattern="^[A-Za-z0-9+/]+={0,2}$",
        description="base64 (`pkcs7_64` of E-IMZO)",
    )
    signature_hex: str = Field(
        min_length=2, max_length=4096, pattern="^([0-9A-Fa-f]{2})+$", description="`signature_hex` of E-IMZO"
    )
