"""The signature of a webhook: HMAC-SHA256 over its id, its timestamp and its body.

It has the form of the Standard Webhooks specification, in which the id is signed too, so that nobody can send a
recorded delivery under another id. See docs/specification/effects.md 5.14.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from pydantic import SecretStr

from api.errors import Unauthorized

ID, TIMESTAMP, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
WINDOW: Final = timedelta(minutes=5)
REFUSED: Final = "the signature is missing or not valid"
_ID: Final = re.compile(r"[!-~]{1,100}")
_TIMESTAMP: Final = re.compile(r"[0-9]{1,12}")


@dataclass(frozen=True)
class Delivery:
    """A delivery whose signature is valid."""

    id: str


def verified(secret: SecretStr, headers: Mapping[str, str], body: bytes, now: datetime) -> Delivery:
    """Return the delivery. Raise Unauthorized if it is not signed with the secret, or not of the last minutes."""
    delivery_id, sent = headers.get(ID, ""), headers.get(TIMESTAMP, "")
    if not _ID.fullmatch(delivery_id) or not _TIMESTAMP.fullmatch(sent):
        raise Unauthorized(REFUSED)
    expected = _digest(secret, delivery_id, sent, body)
    if not any(hmac.compare_digest(expected, given) for given in _given(headers.get(SIGNATURE, ""))):
        raise Unauthorized(REFUSED)
    age = now - datetime.fromtimestamp(int(sent), UTC)
    if abs(age) > WINDOW:
        raise Unauthorized(f"the timestamp is more than {WINDOW.seconds // 60} minutes away from the present time")
    return Delivery(delivery_id)


def signed(secret: SecretStr, delivery_id: str, sent: int, body: bytes) -> dict[str, str]:
    """Return the headers with which a sender signs a delivery."""
    digest = base64.b64encode(_digest(secret, delivery_id, str(sent), body)).decode()
    return {ID: delivery_id, TIMESTAMP: str(sent), SIGNATURE: f"v1,{digest}"}


def _digest(secret: SecretStr, delivery_id: str, sent: str, body: bytes) -> bytes:
    return hmac.digest(secret.get_secret_value().encode(), f"{delivery_id}.{sent}.".encode() + body, "sha256")


def _given(header: str) -> list[bytes]:
    """Return the signatures of the header; there are several while the sender changes its secret."""
    found = []
    for each in header.split()[:10]:
        version, _, digest = each.partition(",")
        if version == "v1":
            try:
                found.append(base64.b64decode(digest, validate=True))
            except binascii.Error:
                continue
    return found
