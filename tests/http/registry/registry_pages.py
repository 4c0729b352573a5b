"""Reads pages of the registry, and names the rows that a filter should find."""

from collections.abc import Callable
from typing import Any

from tests.http.callers import Caller
from tests.http.registry.registry_rows import Row

Wanted = Callable[[Row], bool]


def everything(_: Row) -> bool:
    return True


def nothing(_: Row) -> bool:
    return False


async def page(registry_viewer: Caller, path: str = "/invoices", **query: Any) -> dict[str, Any]:
    response = await registry_viewer.get(path, params=query)
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


async def turned(
    registry_viewer: Caller, direction: str = "next_cursor", path: str = "/invoices", **query: Any
) -> list[list[str]]:
    """The ids on all pages that follow one another."""
    pages, cursor = [], query.pop("cursor", None)
    while True:
        found = await page(registry_viewer, path, **query, **({"cursor": cursor} if cursor else {}))
        pages.append([row["id"] for row in found["data"]])
        cursor = found["meta"][direction]
        if cursor is None:
            return pages
