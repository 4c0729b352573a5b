"""The search of a mailbox for a message that was sent. The embedded mailbox has it; ordinary mail servers do not."""

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
    """Looks for a message in the list at `url`: JSON objects with a `message_id`, as the embedded mailbox's
    /api/messages returns them."""

    http: httpx.AsyncClient
    url: str

    async def __call__(self, message_id: str) -> bool:
        """Return whether the message has arrived. Raises Permanent or Transient when the list cannot be read."""
        answer = await exchange(self.http, VENDOR, "GET", self.url, changes=False)
        if not answer.response.is_success:
            reason = f"HTTP {answer.response.status_code}"
            raise Permanent(f"{VENDOR} cannot be searched", vendor_message=reason, status=answer.response.status_code)
        try:
            rows = ROWS.validate_json(answer.response.content)
        except ValidationError:
            # The cause is dropped, because its text quotes e-mails.
            raise Transient(f"{VENDOR} returned a list that cannot be read") from None
        return any(row.message_id == message_id for row in rows)
