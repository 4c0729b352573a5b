"""The tokens of links: what a link names, signed with the server's secret (docs/specification/quotes.md 6).

A token holds the quote, the number of its link and the moment at which it ends. Its signature has 160 bits, so that
guessing is hopeless, and a wrong token is refused before anything is read.
"""

import base64
import binascii
import hashlib
import hmac
from datetime import UTC, datetime
from uuid import UUID

from models.values.base_models import Frozen

_PURPOSE = b"aktum quote link 1\n"
_SIGNATURE_BYTES = 20
_NAMED_BYTES = 16 + 2 + 5
TOKEN_LENGTH = -(-(_NAMED_BYTES + _SIGNATURE_BYTES) * 4 // 3)
PATH = "/q/"


class LinkGrant(Frozen):
    """What a token names."""

    quote_id: str
    number: int
    expires_at: datetime


def token_of(secret: bytes, grant: LinkGrant) -> str:
    """Return the token of a link."""
    named = (
        UUID(grant.quote_id).bytes
        + grant.number.to_bytes(2, "big")
        + int(grant.expires_at.timestamp()).to_bytes(5, "big")
    )
    return base64.urlsafe_b64encode(named + _signature(secret, named)).decode().rstrip("=")


def read_token(secret: bytes, token: str) -> LinkGrant | None:
    """Return what the token names; None if it was not made with this secret."""
    if len(token) != TOKEN_LENGTH or not token.isascii():
        return None
    try:
        found = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    named, signature = found[:_NAMED_BYTES], found[_NAMED_BYTES:]
    # An altered last character can decode to the same bytes, so the text is compared, too.
    is_same_text = base64.urlsafe_b64encode(found).decode().rstrip("=") == token
    if not hmac.compare_digest(signature, _signature(secret, named)) or not is_same_text:
        return None
    return LinkGrant(
        quote_id=str(UUID(bytes=named[:16])),
        number=int.from_bytes(named[16:18], "big"),
        expires_at=datetime.fromtimestamp(int.from_bytes(named[18:], "big"), UTC),
    )


def _signature(secret: bytes, named: bytes) -> bytes:
    return hmac.new(secret, _PURPOSE + named, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
