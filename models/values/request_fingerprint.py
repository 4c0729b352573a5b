"""The fingerprint of a request, by which its repetition is recognised."""

import hashlib


def fingerprint(idempotency_key: str | None, content: str) -> str:
    """Return the request fingerprint: the key, and a digest of the request's content without its author."""
    return f"{idempotency_key}:{hashlib.sha256(content.encode()).hexdigest()[:16]}"


def idempotency_key_of(request_fingerprint: str) -> str:
    """Return the idempotency key of a request fingerprint."""
    return request_fingerprint.rpartition(":")[0]
