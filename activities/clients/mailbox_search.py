"""Asks a mailbox that can be searched whether a message arrived; ordinary mail servers cannot be asked."""

from dataclasses import dataclass

import httpx
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from activities.clients.errors import Permanent, Transient
from activities.clients.http_exchange import exchange

VENDOR = "The mailbox"


class Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")
    message_id: str | None


ROWS = TypeAdapter(list[Row])


@dataclass(frozen=True)
class MailProbe:
    """`url` answers with a JSON list of messages, each with its `message_id` (the embedded mailbox's /api/messages).

    It is asked for one Message-ID; a mailbox that answers with others as well is understood all the same.
    """

    http: httpx.AsyncClient
    url: str

    async def __call__(self, message_id: str) -> bool:
        answer = await exchange(self.http, VENDOR, "GET", self.url, changes=False, params={"message_id": message_id})
        if not answer.response.is_success:
            reason = f"HTTP {answer.response.status_code}"
            raise Permanent(f"{VENDOR} cannot be searched", vendor_message=reason, status=answer.response.status_code)
        try:
            rows = ROWS.validate_json(answer.response.content)
        except ValidationError:
            # Without the cause, whose text quotes letters.
            raise Transient(f"{VENDOR} gave a list that cannot be read") from None
        return any(row.message_id == message_id for row in rows)
