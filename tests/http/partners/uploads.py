"""Requests with files."""

import httpx

from tests.http.callers import Caller


async def send_file(caller: Caller, path: str, name: str, content: bytes, field: str = "file") -> httpx.Response:
    """Send a file in a form."""
    return await caller.http.post(f"/api/v1{path}", headers=caller.headers, files={field: (name, content)})


async def send_bytes(caller: Caller, path: str, media_type: str, content: bytes) -> httpx.Response:
    """Send a body of the media type."""
    headers = {**caller.headers, "Content-Type": media_type}
    return await caller.http.post(f"/api/v1{path}", headers=headers, content=content)
