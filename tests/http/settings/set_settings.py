"""Functions for tests of settings: the header that names a version, and the history of one setting."""

from typing import Any

from tests.http.callers import Caller

ANY = {"If-Match": "*"}


def match(setting: dict[str, Any]) -> dict[str, str]:
    return {"If-Match": f'"{setting["version"]}"'}


async def changes(caller: Caller, area: str, key: str) -> list[dict[str, Any]]:
    response = await caller.get("/settings/history", params={"area": area, "key": key})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["data"]
    return found
