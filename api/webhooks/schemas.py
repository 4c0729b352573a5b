"""The bodies and answers of webhooks."""

from enum import StrEnum

from pydantic import BaseModel, ConfigDict, Field


class DidoxDelivery(BaseModel):
    """A notice that a document in Didox has changed. Other fields, such as a status, are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    document_id: str = Field(pattern=r"^[0-9A-Fa-f]{32}$")


class Outcome(StrEnum):
    """What a delivery has caused."""

    TOLD = "told"
    """The invoice looks at the document."""
    SEEN_BEFORE = "seen_before"
    UNKNOWN_DOCUMENT = "unknown_document"
    """It is no document of an invoice, for example one that a person has written in Didox."""
    ENDED = "ended"
    """The workflow of the invoice has ended. The next sweep continues it, if the document has changed."""


class Received(BaseModel):
    outcome: Outcome
