"""The bodies of requests to the Didox sandbox, and the body of its most common error."""

from typing import Any

from fastapi import Request

from activities.clients import decimal_json
from local.sandboxes.didox.login import DidoxError


def error_body(message: str) -> dict[str, Any]:
    return {"data": {"status": "error", "message": message, "context": None}}


async def body_of(request: Request) -> dict[str, Any]:
    """Return the body, or an empty one if it is no object. Raises DidoxError if it is not JSON."""
    try:
        body = decimal_json.loads(await request.body())
    except ValueError as error:
        raise DidoxError(422, {"status": "error", "message": "Syntax error", "context": []}) from error
    return body if isinstance(body, dict) else {}
